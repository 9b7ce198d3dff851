# Incidents : la liste, et l’un d’eux.

nav-incidents = Incidents
inc-about = Un incident est un épisode sur un seul hôte : du premier signe jusqu’à ce que tout aille bien depuis un moment.
inc-kinds = Ce que les incidents concernent
inc-none = Aucun incident ouvert
inc-some = { $count ->
    [one] { $count } incident ouvert
   *[other] { $count } incidents ouverts
} : { $each }
inc-count-full = { $count } à la limite
inc-count-near = { $count } près de la limite
inc-count-capacity = { $count ->
    [one] { $count } événement de capacité
   *[other] { $count } avec des événements de capacité
}
inc-count-share = { $count ->
    [one] { $count } partage plein
   *[other] { $count } avec un partage plein
}
inc-count-silent = { $count ->
    [one] { $count } muet
   *[other] { $count } muets
}
inc-count-pipeline = la plupart des hôtes muets
inc-count-leak = { $count ->
    [one] { $count } fuite soupçonnée
   *[other] { $count } fuites soupçonnées
}
inc-count-flood = { $count ->
    [one] { $count } afflux soupçonné
   *[other] { $count } afflux soupçonnés
}
inc-kind = Type
inc-any-kind = Tous les types
inc-kind-full = À la limite
inc-kind-near = Près de la limite
inc-kind-capacity = Événement de capacité
inc-kind-share = Partage à sa limite
inc-kind-silent = Hôte muet
inc-kind-pipeline = La plupart des hôtes muets
inc-kind-leak = Fuite soupçonnée
inc-kind-flood = Afflux soupçonné
inc-state = État
inc-unresolved = Non résolus
inc-all = Tous
inc-state-open = Ouvert
inc-state-acknowledged = Pris en compte
inc-state-resolved = Résolu
inc-newest-first = les plus récents d’abord
inc-unfiltered = Tous ceux qui ne sont pas résolus
inc-none-like-that = Aucun incident n’est ainsi.
inc-none-yet = Rien n’est ouvert. Quand un hôte approche de sa limite, devient muet ou journalise que quelque chose manque, il paraît ici.
inc-what = Quoi
inc-opened = Ouvert
inc-lasted = Durée
inc-owner = Responsable
inc-silenced = en sourdine
inc-silenced-about = en sourdine : personne n’est prévenu
inc-unknown-since = inconnu depuis { $at }
inc-shown = { $count ->
    [one] { $count } incident
   *[other] { $count } incidents
}
inc-one = Incident { $id }
inc-chart = Sur le graphique

# Ce qui dure
inc-now-full = { $host } est à sa limite depuis { $from } ({ $span })
inc-now-near = { $host } est près de sa limite depuis { $from } ({ $span })
inc-now-capacity = { $host } a journalisé à { $from } que quelque chose manque, alors qu’il a de la place autant qu’on sache
inc-now-share = Le partage { $subject } de { $host } est à sa propre limite depuis { $from } ({ $span })
inc-now-silent = Plus rien n’est reçu de { $host } depuis { $from } ({ $span })
inc-now-pipeline = Plus rien n’est reçu de la plupart des hôtes depuis { $from } ({ $span }) : regardez d’abord ce serveur et le réseau
inc-now-leak = { $subject } ouvre des sessions sur { $host } et ne les ferme pas, constaté depuis { $from }
inc-now-flood = Les sessions sur { $host } augmentent bien plus vite que jamais depuis { $from }

# Ce qui est terminé
inc-was-full = { $host } a été à sa limite de { $from } à { $until } ({ $span })
inc-was-near = { $host } a été près de sa limite de { $from } à { $until } ({ $span })
inc-was-capacity = { $host } a journalisé qu’une ressource manquait : { $from } ; rétabli : { $until }
inc-was-share = Le partage { $subject } de { $host } a été à sa propre limite de { $from } à { $until } ({ $span })
inc-was-silent = Rien n’a été reçu de { $host } de { $from } à { $until } ({ $span })
inc-was-pipeline = Rien n’a été reçu de la plupart des hôtes de { $from } à { $until } ({ $span })
inc-was-leak = { $subject } a ouvert des sessions sur { $host } sans les fermer, de { $from } à { $until }
inc-was-flood = Les sessions sur { $host } ont augmenté bien plus vite que jamais de { $from } à { $until }

# Ce qui s’est passé
inc-timeline = Chronologie
inc-told-opened = L’incident s’est ouvert.
inc-told-again = Le niveau a été atteint de nouveau.
inc-told-joined = Un événement qui s’y rapporte est arrivé.
inc-told-acknowledged = Il a été pris en compte.
inc-told-assigned = Il a été confié à { $text }.
inc-told-unassigned = Il n’est plus confié à personne.
inc-told-commented = Commentaire
inc-told-linked = { $text } a été lié.
inc-told-unlinked = { $text } n’est plus lié.
inc-told-silenced = Il a été mis en sourdine.
inc-told-cleared = Il s’est terminé de lui-même.
inc-told-outgrown = Il est devenu l’incident { $text }.
inc-told-resolved = Il a été résolu.
inc-told-reopened = Il n’était pas terminé : des données plus tardives le disent.
inc-told-by-opened = { $by } l’a ouvert.
inc-told-by-again = Le niveau a été atteint de nouveau.
inc-told-by-joined = Un événement qui s’y rapporte est arrivé.
inc-told-by-acknowledged = { $by } l’a pris en compte.
inc-told-by-assigned = { $by } l’a confié à { $text }.
inc-told-by-unassigned = { $by } ne le confie plus à personne.
inc-told-by-commented = { $by } a écrit :
inc-told-by-linked = { $by } a lié { $text }.
inc-told-by-unlinked = { $by } a délié { $text }.
inc-told-by-silenced = { $by } l’a mis en sourdine.
inc-told-by-cleared = Il s’est terminé de lui-même.
inc-told-by-outgrown = Il est devenu l’incident { $text }.
inc-told-by-resolved = { $by } l’a résolu. { $text }
inc-told-by-reopened = { $by } l’a rouvert. { $text }

# Ce que les gens font
inc-comment = Commenter
inc-comment-label = Qu’avez-vous vu ou fait ?
inc-comment-add = Ajouter le commentaire
inc-details = Détails
inc-stretches = { $count ->
    [one] { $count } période
   *[other] { $count } périodes
}
inc-from = Début
inc-until = Fin
inc-resolved = Résolu
inc-nobody = personne
inc-do-acknowledge = Prendre en compte
inc-do-resolve = Résoudre
inc-do-reopen = Rouvrir
inc-do-take = M’en charger
inc-do-drop = Ne plus m’en charger
inc-tickets = Tickets
inc-no-tickets = Aucun ticket n’est lié.
inc-unlink = Délier
inc-unlink-of = Délier { $name }
inc-link = Lier un ticket
inc-link-name = Numéro ou nom
inc-link-url = Adresse, s’il en a une
inc-link-add = Lier
inc-no-comment = Écrivez quelque chose avant d’ajouter un commentaire.
inc-long-comment = Un commentaire peut avoir { $most } caractères, sans caractères de contrôle.
inc-no-ticket = Un ticket a un numéro ou un nom sur une ligne, de { $most } caractères au plus.
inc-no-url = L’adresse d’un ticket commence par https:// ou http:// et a { $most } caractères au plus.
inc-not-now = L’incident a changé, et cela n’est plus possible. Revenez en arrière et regardez-le de nouveau.
inc-full-up = Cet incident a autant d’entrées qu’il peut en avoir. Continuez dans votre ticket.

# The evidence on the page
inc-evidence = Preuves
inc-bundle = Le tout dans un seul fichier (zip)
inc-holders = Qui détenait les sessions
inc-all-sessions = Toutes les sessions
inc-users = Leurs utilisateurs
inc-causes-about = avec ce qui parle pour et contre chacune
inc-for = Pour :
inc-against = Contre :
inc-free = Libérer des sessions à la main
inc-free-about = PowerShell, sur l’hôte, en tant qu’administrateur
inc-free-never = Highwater n’exécute jamais ces commandes.
inc-free-asks = Chacune montre d’abord ce qu’elle fermerait, puis demande confirmation pour chaque session. Une session utilisée entre-temps n’est plus concernée.
inc-trace-about = Pour qui veut regarder de plus près : ceci enregistre pendant une minute ce que fait le serveur SMB.
inc-stretches-full = Quand il était plein
inc-changed = Ce qui a changé dans la journée précédente et pendant l’incident
inc-before = Auparavant
inc-not-known = Ce que l’on ne sait pas
inc-held = { $sessions ->
    [one] 1 session
   *[other] { $sessions } sessions
} ({ $share }){ $idle ->
    [unknown] {""}
    [0] , aucune inactive
    [one] , 1 inactive
   *[other] , { $idle } inactives
}{ $opens ->
    [unknown] {""}
    [0] , aucun fichier ouvert
    [one] , 1 fichier ouvert
   *[other] , { $opens } fichiers ouverts
}
