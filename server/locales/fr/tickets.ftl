# Systèmes de tickets : où les incidents deviennent des tickets.

tickets-tab = Tickets
tickets-about = Chaque incident devient un ticket : créé à l’ouverture, tenu au courant, résolu à la fin. Ce que l’on fait du ticket revient ici.
tickets-none = Aucun système de tickets pour l’instant
tickets-some = { $all ->
    [one] 1 système de tickets
   *[other] { $all } systèmes de tickets
}{ $off ->
    [0] {""}
    [one] , dont 1 désactivé
   *[other] , dont { $off } désactivés
}
tickets-empty = Les incidents ne deviennent pas encore des tickets. Choisissez le système où ils le doivent.
tickets-new = Relier un système
tickets-choose = De quel système s’agit-il ?
tickets-other = Un autre système
tickets-make = Relier
tickets-kinds = Incidents
tickets-language = Langue des tickets
tickets-test = Essayer
tickets-preview = Ce qui serait envoyé
tickets-preview-about = Le ticket du dernier incident qui concerne ce système, tel qu’il serait créé maintenant. Les secrets n’y sont pas.
tickets-preview-none = Aucun incident n’a encore concerné ce système.
tickets-secret-stays = Laissez vide pour garder ce qui a été saisi. Ce n’est plus jamais affiché.
tickets-extra-about = Un objet JSON : les champs que votre site exige dans chaque nouveau ticket, sous les noms de son interface.
tickets-no-system = Choisissez l’un des systèmes de la page Réglages, Tickets.
tickets-no-kind = Choisissez au moins un type d’incident.
tickets-missing = Le champ « { $field } » est vide. Remplissez-le.
tickets-wrong = Le champ « { $field } » n’est pas compris : écrivez une seule ligne, et dans les autres champs un objet JSON.
tickets-too-many = Il y a { $most } systèmes de tickets, soit le maximum. Supprimez-en un d’abord.
tickets-name-taken = Il y a déjà un système de tickets nommé « { $name } ». Donnez un autre nom à celui-ci.
tickets-choice-starttls = STARTTLS
tickets-choice-tls = TLS dès le début
tickets-choice-none = Sans chiffrement
tickets-field-url = Adresse
tickets-field-user = Utilisateur
tickets-field-password = Mot de passe
tickets-field-token = Jeton d’API
tickets-field-extra = Autres champs
tickets-field-assignment-group = Groupe d’affectation (nom ou sys_id)
tickets-field-caller = Appelant (nom ou sys_id)
tickets-field-resolved-state = Numéro de l’état « résolu »
tickets-field-reopened-state = Numéro de l’état à la réouverture
tickets-field-close-code = Code de clôture
tickets-field-source = Source des événements
tickets-field-project = Clé du projet
tickets-field-issue-type = Type de ticket (nom ou identifiant)
tickets-field-resolve-transition = Identifiant de la transition qui résout
tickets-field-reopen-transition = Identifiant de la transition qui rouvre
tickets-field-resolution = Résolution (nom)
tickets-field-cloud-id = Identifiant cloud du site
tickets-field-team = Identifiant de l’équipe qui répond
tickets-field-page-url = Adresse du site pour les personnes
tickets-field-user-token = Jeton personnel de l’utilisateur
tickets-field-app-token = Jeton de l’application
tickets-field-entity = Numéro de l’entité
tickets-field-category = Numéro de la catégorie
tickets-field-client-id = Identifiant du client (OAuth)
tickets-field-client-secret = Secret du client (OAuth)
tickets-field-group = Numéro du groupe
tickets-field-host = Serveur de messagerie
tickets-field-port = Port
tickets-field-security = Chiffrement
tickets-field-from = De
tickets-field-to = À
tickets-field-hook = Adresse du flux de travail

# Ce que dit un ticket
tickets-title = { $host } : { $kind }
tickets-title-subject = { $host } : { $kind } ({ $subject })
tickets-title-fleet = Parc : { $kind }
tickets-label-host = Hôte
tickets-label-page = Ouvrir dans Highwater
tickets-follows = Fait suite à { $name }, qui est clos.
tickets-resolved = Résolu
tickets-reopened = Rouvert
tickets-note-opened = L’incident s’est ouvert.
tickets-note-again = C’est arrivé de nouveau avant un retour durable à la normale.
tickets-note-joined = Un autre signe s’y est ajouté.
tickets-note-acknowledged = { $by } a pris l’incident en charge.
tickets-note-assigned = { $by } a affecté l’incident à { $text }.
tickets-note-unassigned = { $by } a retiré l’affectation de l’incident.
tickets-note-commented = { $by } a écrit : { $text }
tickets-note-linked = L’incident a d’autres tickets maintenant.
tickets-note-silenced = L’incident est mis en sourdine.
tickets-note-cleared = C’est fini : l’incident s’est terminé de lui-même.
tickets-note-resolved = { $by } a résolu l’incident.
tickets-note-resolved-with = { $by } a résolu l’incident : { $text }
tickets-note-reopened = Ce n’est pas fini : l’incident a été rouvert.
