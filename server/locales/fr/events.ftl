# Les événements : la liste, un événement, leurs classes et niveaux.

# La liste
events-lead = { $capacity ->
    [0] Aucun événement de capacité
    [one] { $capacity } événement de capacité
   *[other] { $capacity } événements de capacité
}{ $range ->
    [given] {" "}sur cette période
   *[any] {""}
} ; { $family ->
    [one] { $family } événement
   *[other] { $family } événements
} du serveur SMB en tout.{ $foreign ->
    [0] {""}
    [one] {" "}{ $foreign } événement de même ID vient d’un autre fournisseur et n’est pas compté.
   *[other] {" "}{ $foreign } événements de mêmes ID viennent d’autres fournisseurs et ne sont pas comptés.
}
events-none = { $range ->
    [given] Aucun événement sur cette période.
   *[any] Aucun événement.
}
events-no-proof = Aucun événement ne dit que toutes les sessions sont prises : un hôte à sa limite peut ne rien journaliser. La saturation vient des sessions comptées.
events-classes = Classes
events-newest-first = les plus récents d’abord
events-id-long = ID de l’événement
events-any-id = Tous les ID
events-from = du
events-to = au
events-all = Tous les événements
events-none-like-that = Aucun événement ne correspond.
events-none-yet = Aucun pour l’instant. Les agents envoient les événements du serveur SMB du journal Système dès qu’ils sont écrits, ainsi que ceux d’avant leur installation.
events-when = Date
events-class = Classe
events-id = ID
events-meaning = Signification
events-provider = Fournisseur
events-shown = { $events ->
    [one] { $events } événement
   *[other] { $events } événements
}
events-shown-further = { $events ->
    [one] { $events } événement plus ancien
   *[other] { $events } événements plus anciens
}
events-newest = Les plus récents
events-older = Plus anciens
events-foreign = Ne vient pas du serveur SMB : le même ID d’un autre fournisseur
events-not-described = Sans description

# Un événement
events-one = Événement { $code } sur { $host }
events-class-and-id = { $class }, événement { $code }
events-advice = Que faire.
events-foreign-about = L’ID { $code } est de ceux que l’on cherche, mais c’est « { $provider } » qui a écrit cet enregistrement, pas le serveur SMB. Il ne dit rien des sessions : il est compté à part, et jamais comme une saturation.
events-moment = Sessions à ce moment
events-moment-more = Qui était connecté
events-moment-held = { $host } avait { $held } (instantané de { $at }).
events-moment-missed = Rien n’a été observé à ce moment. L’instantané précédent date de { $when } : { $held }.
events-moment-unknown = On ne sait rien des sessions de l’hôte à ce moment-là.
events-held = { $sessions ->
    [one] { $sessions } session
   *[other] { $sessions } sessions
} { $limit ->
    [unknown] pour
   *[other] sur { $limit } pour
} { $clients ->
    [one] { $clients } client
   *[other] { $clients } clients
}{ $idle ->
    [unknown] {""}
    [one] , dont { $idle } inactive depuis 15 min ou plus
   *[other] , dont { $idle } inactives depuis 15 min ou plus
}{ $zero ->
    [unknown] {""}
   *[other] { $idle ->
        [unknown] , dont { $zero } sans fichier ouvert
       *[other] {" "}et { $zero } sans fichier ouvert
    }
}
events-client = Client
events-sessions = Sessions
events-opens = Ouvertures
events-more-clients = et { $clients ->
    [one] { $clients } autre client
   *[other] { $clients } autres clients
}
events-record = L’enregistrement
events-record-about = tel que dans le journal
events-no-xml = L’agent n’en a pas envoyé le XML.
events-record-withheld = Ce que l’hôte a écrit n’est pas montré : des noms d’utilisateurs peuvent y figurer, et votre compte ne les voit pas.
events-record-removed = Ce que l’hôte a écrit n’est pas conservé, ni le message ni le XML : des noms d’utilisateurs peuvent y figurer partout, et ils ne sont pas enregistrés ici (privacy.user_names).
events-details = Détails
events-channel = Canal
events-record-id = Enregistrement
events-level = Niveau
events-computer = Ordinateur
events-recorded = Écrit
events-received = Reçu

# Ce qui a été lu dans un enregistrement
events-value-count = Nombre de fois
events-value-window = En combien de secondes
events-value-client = Client
events-value-disk = Disque
events-value-table = Table pleine
events-value-registry = Valeur du Registre
events-value-win32 = Erreur Win32
events-value-dump = Premier mot du vidage
events-value-mismatch = La partie binaire est d’un autre événement
events-value-current = Nombre actuel annoncé (peu fiable)
events-value-limit = Limite annoncée (peu fiable)
events-table-file = fichiers
events-table-search = recherches
events-table-session = sessions
events-table-tree_connect = connexions aux partages (tree connect)
events-yes = oui

# Classes
events-class-capacity = Capacité
events-class-memory = Mémoire
events-class-abuse = Abus
events-class-configuration = Configuration
events-class-availability = Disponibilité
events-class-network = Réseau
events-class-start_up = Démarrage
events-class-symptom = Symptôme
events-class-noise = Bruit
events-class-foreign = Étranger

# Niveaux, tels que Windows les nomme
events-level-critical = Critique
events-level-error = Erreur
events-level-warning = Avertissement
events-level-information = Information
events-level-verbose = Commentaires
