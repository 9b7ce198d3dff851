# La page d’un hôte.

# Sa première ligne
host-full = { $name } est plein : { $sessions ->
    [one] { $sessions } session
   *[other] { $sessions } sessions
} sur { $limit }
host-full-for = { $name } est plein depuis { $span } : { $sessions ->
    [one] { $sessions } session
   *[other] { $sessions } sessions
} sur { $limit }
host-silent = { $name } est muet depuis { $span } ; il en était à { $sessions ->
    [one] { $sessions } session
   *[other] { $sessions } sessions
}
host-silent-of = { $name } est muet depuis { $span } ; il en était à { $sessions } sur { $limit }
host-watch = { $name } est à { $share } : { $sessions ->
    [one] { $sessions } session
   *[other] { $sessions } sessions
} sur { $limit }
host-calm = { $name } est calme : { $sessions ->
    [one] { $sessions } session
   *[other] { $sessions } sessions
} sur { $limit }
host-unlimited = { $name } détient { $sessions ->
    [one] { $sessions } session
   *[other] { $sessions } sessions
} et n’a pas de limite
host-limit-not-known = { $name } détient { $sessions ->
    [one] { $sessions } session
   *[other] { $sessions } sessions
} ; sa limite est inconnue
host-not-reported = { $name } n’a encore rien envoyé
host-full-since = Plein depuis { $at }
host-silent-since = Muet depuis { $at }
host-no-report = Encore rien reçu
host-limit-because = Limite { $limit } : <b>{ $why }</b>
host-no-limit-because = Sans limite : <b>{ $why }</b>
host-time = Heure de l’hôte { $clock }, { $zone }

# Pourquoi la limite est ce qu’elle est
host-limit-unknown = Personne ne connaît la limite
host-limit-none-set = Le serveur ne fixe pas de limite
host-limit-edition-read = Plafond de l’édition { $os }, lu dans Windows
host-limit-windows = Lue dans Windows
host-limit-told = Indiquée par le serveur SMB
host-limit-share = Limite propre à un partage
host-limit-some-edition = Plafond de l’édition
host-limit-edition = Plafond de l’édition { $os }
host-limit-administrator = Fixée par un administrateur
host-limit-samba = max smbd processes dans smb.conf

# En chiffres
host-of = sur { $limit }
host-sessions = sessions
host-clients = clients
host-idle-sessions = inactives depuis 15 min ou plus
host-zero-open = sans fichier ouvert
host-open-files = ouvertures
host-full-in-day = plein en 24 h
host-peak-in-day = pic en 24 h

# Le graphique
host-against-limit = Sessions par rapport à la limite
host-over-time = Sessions au fil du temps
host-peak-of-each = pic par { $step } ; choisissez un moment pour voir qui était connecté
host-week-before = semaine précédente
host-range = Période
host-no-week-before = on ne sait rien de la semaine précédente
host-who-held = Qui détenait les sessions
host-stack-peaks = sessions par client au pic de chaque intervalle, même axe
host-stack-means = moyenne des sessions par client dans chaque intervalle, même axe
host-sessions-as-table = Sessions en tableau
host-from = Début
host-peak = Pic
host-at = Quand
host-mean = Moyenne
host-full-during = Plein pendant
host-peak-before = Pic, semaine précédente

# Qui était connecté, et par rapport à un autre moment
host-connected-now = Qui est connecté maintenant
host-connected-at = Qui était connecté ({ $at })
host-snapshot = { $sessions ->
    [one] { $sessions } session
   *[other] { $sessions } sessions
}, { $clients ->
    [one] { $clients } client
   *[other] { $clients } clients
} ; instantané de { $clock }
host-moment = Moment
host-compared-with = comparé à
host-comparison = Comparé à
host-show = Afficher
host-link = Lien vers ce moment
host-link-copied = Lien copié
host-to-peak = pic
host-to-now = maintenant
host-hour-before = 1 h avant
host-day-before = 1 j avant
host-no-comparison = ne pas comparer
host-never-observed = Rien n’a été observé à ce moment ni avant.
host-kept = Les instantanés sont conservés pendant { $days ->
    [one] { $days } jour
   *[other] { $days } jours
}.
host-left = Il n’y en a plus de cette époque. Le relevé des cinq minutes à partir de { $at } indique : { $peak } au plus, pour { $clients ->
    [one] { $clients } client
   *[other] { $clients } clients
} au plus, { $mean } en moyenne. <a href="{ $href }">Qui détenait les sessions vers ce moment</a>
host-left-nothing = Il n’y en a plus de cette époque, et rien n’a été observé pendant les cinq minutes à partir de { $at }. <a href="{ $href }">Qui détenait les sessions vers ce moment</a>
host-not-observed = Rien n’a été observé à ce moment. Voici le dernier instantané d’avant ({ $at }).
host-incomplete = La source n’a pas pu énumérer toutes les sessions : cet instantané est incomplet.
host-other-not-observed = Rien n’a été observé à l’autre moment. La comparaison porte sur le dernier instantané d’avant ({ $at }).
host-other-never-observed = Rien n’a été observé à l’autre moment ni avant : il n’y a rien à comparer.
host-difference = De { $from } à { $to } : { $came ->
    [0] aucune session n’est arrivée
    [one] { $came } session est arrivée
   *[other] { $came } sessions sont arrivées
}, { $went ->
    [0] aucune n’est partie
    [one] { $went } est partie
   *[other] { $went } sont parties
}, { $stayed ->
    [0] aucune n’est restée
    [one] { $stayed } est restée
   *[other] { $stayed } sont restées
}{ $changed ->
    [0] {""}
   *[other] , dont { $changed } avec un autre nombre d’ouvertures
}. À l’autre moment, il y avait { $sessions ->
    [one] { $sessions } session
   *[other] { $sessions } sessions
} de { $clients ->
    [one] { $clients } client
   *[other] { $clients } clients
}.
host-nobody-connected = Personne n’était connecté.
host-by-client = Client, par sessions
host-user = Utilisateur
host-change = Changement
host-opens = Ouvertures
host-idle = Inactivité
host-age = Âge
host-since = Depuis
host-came = arrivée
host-went = partie
host-same = identique
host-opens-were = ouvertures avant : { $opens }
host-more-sessions = { $sessions ->
    [one] { $sessions } autre session n’est pas affichée
   *[other] { $sessions } autres sessions ne sont pas affichées
} ici. <a href="{ $href }">Toutes, en JSON</a>

# Les détenteurs
host-holders = Détenteurs
host-session-hours = heures de session pendant { $over }
host-nobody-held = Personne n’a détenu de session ici.
host-holders-by-day = Pour une date aussi ancienne, les détenteurs sont conservés par jour et non par heure. <a href="{ $href }">Voir des jours entiers</a>
host-all-clients = Tous les clients
host-all-users = Tous les utilisateurs
host-held = pic { $sessions }
host-held-while-full = pic { $sessions }, présent { $span } pendant que l’hôte était plein

# Les partages
host-shares = Partages
host-shares-note = connexions à chacun, { $at } ; une session en a une vers chaque partage qu’elle utilise
host-no-share = Aucun n’était utilisé.
host-share = Partage
host-uses = Utilisations
host-own-limit = Limite propre
host-share-of-it = Occupation
host-peak-over = Pic, { $range }
host-more-shares = { $shares ->
    [one] { $shares } autre partage
   *[other] { $shares } autres partages
}. <a href="{ $href }">Tous, en JSON</a>

# Événements, constats, changements
host-as-json = En JSON
host-all-events = Tous les événements
host-no-event = Aucun. Un hôte à sa limite peut ne rien journaliser du tout.
host-times-since = { $times } fois depuis { $at }
host-all-findings = Tous les constats
host-no-finding = Aucun : aucune règle ne s’applique à cet hôte.
host-finding-since = { $detail }, depuis { $at }
host-changes = Changements
host-no-change = Rien n’a changé sur cet hôte.
host-or-since = ou plus tôt, mais après { $at }
host-more-changes = { $changes ->
    [one] { $changes } changement antérieur
   *[other] { $changes } changements antérieurs
} : <a href="{ $href }">en JSON</a>
host-started-again = Le système a redémarré
host-from-to = { $what } : { $before } → { $after }
host-not-set = non défini

# L’agent
host-agent = Agent
host-agents = Agents
host-state = État
host-agent-pending = en attente d’approbation
host-agent-conflict = conflit d’identité
host-agent-revoked = révoqué
host-agent-banned = banni
host-agent-none = pas d’agent
host-heard = vu { $ago }
host-not-heard = approuvé, pas encore vu
host-version = Version
host-sampling = Échantillonnage
host-every = toutes les { $secs } s
host-source = Source
host-source-incomplete = { $source }, incomplète
host-queue = File d’attente
host-records-wait = { $records ->
    [one] { $records } enregistrement en attente
   *[other] { $records } enregistrements en attente
}
host-clock = Horloge
host-clock-unknown = inconnue
host-clock-in-step = à l’heure du serveur
host-clock-ahead = { $span } en avance sur le serveur
host-clock-behind = { $span } en retard sur le serveur

# Qualité des données, et pourquoi il en manque
host-quality = Qualité des données
host-observed = Observé
host-snapshots = Instantanés
host-gaps = Périodes sans données
host-no-gap = aucune
host-lost-records = Enregistrements perdus
host-gap = { $from } à { $to }, { $span }
host-gap-because = { $from } à { $to }, { $span } : { $why }
host-gap-spool-full = la file d’attente de l’agent était pleine
host-gap-spool-corrupt = des enregistrements de la file d’attente de l’agent étaient endommagés
host-gap-log-cleared = le journal d’événements a été effacé
host-gap-log-wrapped = le journal d’événements a écrasé des enregistrements
host-gap-source-failed = l’hôte n’a pas répondu à son agent
host-gap-agent-stopped = agent arrêté ou hôte en veille
host-gap-refused = le serveur a refusé des enregistrements
host-gap-events-left-out = il est arrivé plus d’événements que l’hôte ne peut en transmettre
host-gap-unknown = raison inconnue

# Ce qu’est l’hôte
host-facts = Caractéristiques et paramètres
host-name = Nom
host-full-name = Nom complet
host-domain = Domaine
host-cluster = Cluster
host-addresses = Adresses
host-system = Système
host-build = Build
host-time-zone = Fuseau horaire
host-enrolled = Inscrit
host-not-known = non connu
host-settings = { $settings ->
    [one] { $settings } paramètre
   *[other] { $settings } paramètres
} du serveur SMB
