# Les preuves d’un incident : sa phrase, les faits, les causes, les commentaires des commandes.

# La première ligne
evidence-sentence = { $lead }.
evidence-sentence-held = { $lead } : { $held }.
evidence-sentence-idle = { $lead } : { $held } ; { $idle }.
evidence-named = { $host } (limite { $limit }, { $why })
evidence-named-limit = { $host } (limite { $limit })
evidence-named-no-limit = { $host } (sans limite)
evidence-named-unknown = { $host } (limite inconnue)
evidence-lead-full = { $host } était plein de { $from } à { $to }
evidence-lead-full-since = { $host } est plein depuis { $from }
evidence-lead-full-times = { $host } a été plein { $times } fois de { $from } à { $to }, { $span } en tout
evidence-lead-full-times-since = { $host } a été plein { $times } fois depuis { $from }, { $span } en tout, et l’est encore
evidence-lead-up-to = { $host } a détenu jusqu’à { $sessions } sessions sur { $limit } ({ $share }) de { $from } à { $to }
evidence-lead-up-to-since = { $host } a détenu jusqu’à { $sessions } sessions sur { $limit } ({ $share }) depuis { $from }
evidence-lead-held = { $host } a détenu jusqu’à { $sessions ->
    [one] { $sessions } session
   *[other] { $sessions } sessions
} de { $from } à { $to }
evidence-lead-held-since = { $host } a détenu jusqu’à { $sessions ->
    [one] { $sessions } session
   *[other] { $sessions } sessions
} depuis { $from }
evidence-lead-unseen = Rien n’a été observé de { $host } de { $from } à { $to }
evidence-lead-unseen-since = Rien n’a été observé de { $host } depuis { $from }
evidence-lead-capacity = { $host } a journalisé { $events ->
    [0] qu’une ressource manquait,
    [one] { $events } événement de ressource manquante,
   *[other] { $events } événements de ressource manquante,
} de { $from } à { $to }
evidence-lead-capacity-since = { $host } a journalisé { $events ->
    [0] qu’une ressource manquait
    [one] { $events } événement de ressource manquante
   *[other] { $events } événements de ressource manquante
} depuis { $from }
evidence-lead-flood = Les sessions ou les clients de { $host } ont augmenté bien plus vite que jamais de { $from } à { $to }
evidence-lead-flood-since = Les sessions ou les clients de { $host } augmentent bien plus vite que jamais depuis { $from }
evidence-lead-share = Le partage { $share } de { $host } était à sa propre limite de { $from } à { $to }
evidence-lead-share-since = Le partage { $share } de { $host } est à sa propre limite depuis { $from }
evidence-lead-silent = { $host } était muet de { $from } à { $to }
evidence-lead-silent-since = { $host } est muet depuis { $from }
evidence-lead-pipeline = La plupart des hôtes étaient muets de { $from } à { $to }
evidence-lead-pipeline-since = La plupart des hôtes sont muets depuis { $from }
evidence-lead-leak = { $client } a été soupçonné de ne pas fermer ses sessions sur { $host } de { $from } à { $to }
evidence-lead-leak-since = { $client } est soupçonné de ne pas fermer ses sessions sur { $host } depuis { $from }
evidence-held-few = { $clients } clients détenaient { $held ->
    [one] { $held } session
   *[other] { $held } sessions
} sur { $sessions } ({ $share })
evidence-held-one = { $client } détenait { $held ->
    [one] { $held } session
   *[other] { $held } sessions
} sur { $sessions } ({ $share })
evidence-held-spread = { $clients } clients détenaient { $sessions } sessions, aucun plus de { $most }
evidence-held-nobody = personne ne détenait de session
evidence-held-before = il détenait { $sessions ->
    [one] { $sessions } session
   *[other] { $sessions } sessions
} auparavant
evidence-idle = { $idle ->
    [one] { $idle } était inactive depuis plus de 15 min
   *[other] { $idle } étaient inactives depuis plus de 15 min
}{ $zero ->
    [0] , toutes avec des fichiers ouverts
   *[other] , dont { $zero } sans fichier ouvert
}
evidence-idle-none = aucune n’était inactive depuis plus de 15 min
evidence-idle-only = { $idle ->
    [one] { $idle } était inactive depuis plus de 15 min
   *[other] { $idle } étaient inactives depuis plus de 15 min
}
evidence-zero-only = dont { $zero } sans fichier ouvert

# Pourquoi la limite est ce qu’elle est, entre parenthèses
evidence-limit-edition = plafond de l’édition { $os }
evidence-limit-some-edition = plafond de son édition
evidence-limit-windows = lue dans Windows
evidence-limit-server = indiquée par le serveur SMB
evidence-limit-share = limite propre à un partage
evidence-limit-administrator = fixée par un administrateur
evidence-limit-samba = max smbd processes dans smb.conf
evidence-limit-none = aucune
evidence-limit-changed = Limite : { $before } → { $after }

# Faits isolés
evidence-day = { $day } { $year }, { $zone }
evidence-at-peak = Au pic, { $at } : { $sessions ->
    [one] { $sessions } session
   *[other] { $sessions } sessions
}, { $clients ->
    [one] { $clients } client
   *[other] { $clients } clients
}{ $opens ->
    [unknown] {""}
    [one] , { $opens } ouverture
   *[other] , { $opens } ouvertures
}
evidence-also = { $name } ({ $beside })
evidence-holder = { $name } : { $sessions ->
    [one] { $sessions } session
   *[other] { $sessions } sessions
} ({ $share }){ $idle ->
    [unknown] {""}
    [0] {""}
    [one] , dont { $idle } inactive
   *[other] , dont { $idle } inactives
}{ $opens ->
    [unknown] {""}
    [one] , { $opens } ouverture
   *[other] , { $opens } ouvertures
}
evidence-rest = { $clients ->
    [one] { $clients } autre client
   *[other] { $clients } autres clients
} : { $sessions ->
    [one] { $sessions } session
   *[other] { $sessions } sessions
} ({ $share }){ $idle ->
    [unknown] {""}
    [0] {""}
    [one] , dont { $idle } inactive
   *[other] , dont { $idle } inactives
}
evidence-user = { $name } : { $sessions ->
    [one] { $sessions } session
   *[other] { $sessions } sessions
}, { $clients ->
    [one] { $clients } client
   *[other] { $clients } clients
}
evidence-stretch = { $from } à { $to }, { $span }
evidence-hole = { $from } à { $to }, { $span } : { $why }
evidence-holes = { $holes ->
    [0] {""}
   *[other] On ne sait rien de { $span } de cette période.
}{ $records ->
    [0] {""}
    [one] {" "}L’agent a perdu { $records } enregistrement.
   *[other] {" "}L’agent a perdu { $records } enregistrements.
}
evidence-cut = { $sessions } sessions ont été examinées, jusqu’à { $at } ; ensuite, les heures sont connues à cinq minutes près.
evidence-partial = L’hôte n’a pas pu énumérer toutes les sessions au pic : il y en avait peut-être d’autres.
evidence-event = { $at } événement { $code } ({ $provider }) : { $means }{ $sessions ->
    [unknown] {""}
    [one]  ; { $sessions } session juste après
   *[other]  ; { $sessions } sessions juste après
}
evidence-changed = { $at } { $what }
evidence-finding = { $title } ({ $detail })
evidence-week = Une semaine avant à la même heure : { $sessions ->
    [one] { $sessions } session
   *[other] { $sessions } sessions
} au plus{ $full ->
    [no] {""}
   *[yes] , plein pendant { $span }
}.
evidence-week-unknown = On ne sait rien de la même heure une semaine avant.
evidence-earlier = { $count ->
    [0] Le premier de ce type sur cet hôte en { $days } jours.
    [one] { $count } précédent de ce type sur cet hôte en { $days } jours.
   *[other] { $count } précédents de ce type sur cet hôte en { $days } jours.
}
evidence-earlier-mostly = { $before } Le plus souvent { $day } { $from }–{ $to }, à l’horloge de l’hôte.

# Texte brut
evidence-head-full = Plein
evidence-head-causes = Causes possibles
evidence-head-events = Événements
evidence-head-changes = Modifié peu avant
evidence-head-findings = Constats
evidence-cause-line = { $cause } ({ $likelihood })
evidence-more-rows = { $rows ->
    [one] { $rows } autre
   *[other] { $rows } autres
}
evidence-more-text = La suite est sur la page de l’incident.

# Ce qui a pu le causer
evidence-likely = probable
evidence-possible = possible
evidence-cause-backup = Une sauvegarde
evidence-cause-leak = Un client qui ne ferme pas ses sessions
evidence-cause-flood = Un afflux de sessions ou de clients
evidence-cause-vdi = Des bureaux virtuels
evidence-cause-logon-storm = Beaucoup de personnes connectées en même temps
evidence-cause-print = Des imprimantes ou des scanners
evidence-cause-unknown = Une cause que cette version ne connaît pas
evidence-point-held = { $clients ->
    [one] { $clients } client de ce type détenait
   *[other] { $clients } clients de ce type détenaient
} { $sessions } sessions sur { $all } ({ $share })
evidence-point-grew = parmi les { $all } sessions arrivées dans l’heure précédente, { $sessions } sont les leurs
evidence-point-before = une heure avant, ils en détenaient autant : { $sessions }
evidence-point-idle = { $sessions } de leurs { $of } sessions étaient inactives
evidence-point-used = { $sessions } sessions sur { $of } étaient utilisées
evidence-point-night = le début était de nuit, entre { $hour }:00 et { $hour }:59 à l’horloge de l’hôte
evidence-point-day = le début était de jour, entre { $hour }:00 et { $hour }:59 à l’horloge de l’hôte
evidence-point-morning = le début était le matin, entre { $hour }:00 et { $hour }:59 à l’horloge de l’hôte
evidence-point-same-hour = { $times } précédents sur { $of } ont commencé à la même heure du jour ({ $hour }:00)
evidence-point-forgotten = { $forgotten } des { $sessions } sessions de { $client } étaient sans fichier ouvert et dataient d’une demi-journée ou plus, la plus ancienne de { $oldest }
evidence-point-suspect = un constat dit que { $client } ne ferme pas ses sessions
evidence-point-grows = { $client } détenait { $before } sessions la veille, { $sessions } à ce moment
evidence-point-shrinks = { $client } en détenait plus la veille : { $before } sessions, { $sessions } à ce moment
evidence-point-stayed = { $sessions } des { $of } sessions de { $client } étaient encore là 15 min après la fin
evidence-point-went = des { $of } sessions de { $client }, il en restait { $sessions } 15 min après la fin
evidence-point-flood-events = le serveur dit que des clients arrivent trop vite ({ $events ->
    [one] { $events } événement
   *[other] { $events } événements
})
evidence-point-more-sessions = { $more } sessions de plus en 10 min ; { $ever } au plus dans les semaines précédentes
evidence-point-more-clients = { $more } clients de plus en 10 min ; { $ever } au plus dans les semaines précédentes
evidence-point-started = { $sessions } sessions sur { $all } ont été ouvertes en { $minutes } min, par { $clients } clients
evidence-point-one-client = { $client } en a ouvert { $sessions } sur { $of }
evidence-point-restarted = l’hôte a redémarré à { $at }
evidence-point-week-before = une semaine avant à la même heure, il en détenait presque autant : { $sessions }
evidence-point-fewer-week-before = une semaine avant à la même heure, il en détenait bien moins : { $sessions }

# Les commandes, et pourquoi il n’y en a pas
evidence-note-freeing = { $host }, incident { $incident } : sessions inactives le { $at } ({ $zone }). Le moindre mal d’abord.
evidence-note-by-hand = Highwater ne les exécute jamais : lisez chacune, puis exécutez-la sur l’hôte, en tant qu’administrateur.
    -WhatIf montre ce qui serait fermé et ne ferme rien ; -Confirm demande pour chaque session.
evidence-note-idle = { $place }. { $client } : { $sessions ->
    [one] { $sessions } session sans fichier ouvert, inactive
   *[other] { $sessions } sessions sans fichier ouvert, inactives
} depuis { $span }
evidence-note-may-lose = ATTENTION : les sessions ci-dessous sont inactives, mais ont des fichiers ouverts. Les fermer peut faire perdre du travail : demandez d’abord aux personnes.
evidence-note-with-opens = { $place }. { $client } : { $sessions ->
    [one] { $sessions } session
   *[other] { $sessions } sessions
} avec { $opens ->
    [one] { $opens } fichier ouvert
   *[other] { $opens } fichiers ouverts
}, inactivité de { $span }
evidence-note-span = { $shortest } à { $longest }
evidence-note-left-out = Omis : un client avec { $sessions ->
    [one] { $sessions } session inactive
   *[other] { $sessions } sessions inactives
}, dont le nom a des caractères qu’aucune commande ne porte sans risque ({ $signs }).
evidence-note-no-name = Omis : { $sessions ->
    [one] { $sessions } session inactive
   *[other] { $sessions } sessions inactives
} d’un client sans nom.
evidence-note-more = { $clients ->
    [one] { $clients } autre client avait
   *[other] { $clients } autres clients avaient
} des sessions inactives.
evidence-note-recording = { $host }, incident { $incident } : enregistre pendant { $secs } s ce que fait le serveur SMB, avec Windows Performance Recorder.
    Highwater ne l’exécute jamais : exécutez-le sur l’hôte, en tant qu’administrateur, pendant qu’il est lent ou plein.
evidence-note-size = TAILLE : il prend { $mebibytes } Mio de mémoire pendant l’enregistrement et écrit un fichier à peu près aussi grand ; le plus ancien cède la place.
evidence-note-privacy = CONFIDENTIALITÉ : le fichier contient des noms de personnes, d’ordinateurs et de fichiers. Ne le montrez qu’à ceux qui ont le droit de les voir, et supprimez-le ensuite.
evidence-nothing-not-windows = Les commandes sont pour Windows ; cet hôte utilise autre chose.
evidence-nothing-not-observed = Rien n’a été observé : personne ne sait quelles sessions étaient inactives.
evidence-nothing-not-known = La source de l’hôte n’indique pas l’inactivité et les fichiers ouverts : personne ne sait quelles sessions étaient inactives.
evidence-nothing-nobody-idle = Aucune session n’était inactive depuis plus de 15 min.
