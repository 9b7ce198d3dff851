# Le journal d’audit : qui a fait quoi.

trail-tab = Journal d’audit
trail-lead = Qui a fait quoi, et qui a regardé qui
trail-about = Les entrées s’ajoutent et ne changent jamais : <code>highwater doctor audit</code>, sur le serveur, dit si quelqu’un l’a fait. Les noms des clients et des utilisateurs sont conservés par leur numéro et affichés tels qu’ils sont aujourd’hui.
trail-what = Ce qui a été fait
trail-any-action = Toutes les actions
trail-who = Qui
trail-by = Nature de l’auteur
trail-anybody = Tous les auteurs
trail-name = Nom entier
trail-address = Adresse
trail-of = Sur quoi
trail-kind = Ce qui est concerné
trail-anything = Tous les objets
trail-id = Numéro de l’objet
trail-told = Détails
trail-all = Toutes les entrées
trail-past = Tout ce qui l’a concerné
trail-none = Il n’y a pas encore d’entrée.
trail-none-like-that = Il n’y a pas d’entrée de ce genre.
trail-shown = { $entries ->
    [one] L’entrée la plus récente
   *[other] Les { $entries } entrées les plus récentes
}
trail-shown-further = { $entries ->
    [one] { $entries } autre entrée
   *[other] { $entries } autres entrées
}
trail-numbered = { $kind } { $id }
trail-redacted = Un nom a été effacé ici.

# Ce qui a été fait
trail-action-sign-in = s’est connecté
trail-action-sign-in-failed = connexion refusée
trail-action-sign-in-throttled = trop de connexions
trail-action-sign-out = s’est déconnecté
trail-action-account-created = a créé un compte
trail-action-account-role-changed = a donné un autre rôle à un compte
trail-action-account-renamed = porte un autre nom
trail-action-account-confined = a changé les hôtes qu’un compte voit
trail-action-account-switched = a activé ou désactivé un compte
trail-action-account-deleted = a supprimé un compte
trail-action-account-password-set = a défini un mot de passe
trail-action-sessions-ended = a déconnecté des navigateurs
trail-action-screen-kept = a gardé un écran mural
trail-action-second-factor-begun = a commencé un second facteur
trail-action-second-factor-on = a activé un second facteur
trail-action-second-factor-off = a désactivé un second facteur
trail-action-link-made = a créé un lien à usage unique
trail-action-link-used = a utilisé un lien à usage unique
trail-action-denied = s’est vu refuser l’accès
trail-action-exported = a emporté un fichier ou une liste
trail-action-looked-at = a consulté
trail-action-token-created = a créé un jeton
trail-action-token-revoked = a révoqué un jeton
trail-action-api-key-created = a créé une clé d’API
trail-action-api-key-revoked = a révoqué une clé d’API
trail-action-agent-enrolled = s’est inscrit
trail-action-agent-decided = a décidé d’un agent
trail-action-agent-key-asked = a demandé une autre clé à un agent
trail-action-agent-key-changed = a continué avec une autre clé
trail-action-agent-over-quota = a transmis ce qu’il peut
trail-action-approval-rule-created = a créé une règle d’approbation
trail-action-approval-rule-deleted = a supprimé une règle d’approbation
trail-action-host-grouped = a mis des hôtes dans un groupe
trail-action-host-moved = a déplacé un hôte d’après ce qu’il dit de lui-même
trail-action-group-rule-created = a créé une règle de groupes
trail-action-group-rule-moved = a déplacé une règle de groupes
trail-action-group-rule-deleted = a supprimé une règle de groupes
trail-action-class-rule-created = a créé une règle de classes
trail-action-class-rule-moved = a déplacé une règle de classes
trail-action-class-rule-deleted = a supprimé une règle de classes
trail-action-client-name-merged = a réuni des noms d’un client
trail-action-client-name-separated = a séparé un nom d’un client
trail-action-alert-rule-changed = a modifié une règle d’incidents
trail-action-alert-rule-deleted = a supprimé une règle d’incidents
trail-action-silence-created = a créé un silence
trail-action-silence-ended = a mis fin à un silence
trail-action-webhook-created = a créé un webhook
trail-action-webhook-changed = a modifié un webhook
trail-action-webhook-switched = a activé ou désactivé un webhook
trail-action-webhook-deleted = a supprimé un webhook
trail-action-webhook-secret-changed = a donné un nouveau secret à un webhook
trail-action-webhook-tested = a essayé un webhook
trail-action-webhook-resent = a renvoyé à un webhook
trail-action-connector-created = a raccordé un outil de tickets
trail-action-connector-changed = a modifié un outil de tickets
trail-action-connector-switched = a activé ou désactivé un outil de tickets
trail-action-connector-deleted = a supprimé un outil de tickets
trail-action-connector-tested = a essayé un outil de tickets
trail-action-connector-resent = a renvoyé à un outil de tickets
trail-action-incident-changed = s’est occupé d’un incident
trail-action-view-saved = a gardé une vue
trail-action-view-renamed = a renommé une vue
trail-action-view-deleted = a supprimé une vue
trail-action-secrets-sealed-again = a changé la clé des secrets
trail-action-secrets-key-added = a ajouté une clé des secrets
trail-action-secrets-keys-retired = a retiré d’anciennes clés des secrets
trail-action-authority-made = a créé une autre autorité du serveur
trail-action-authority-finished = a fait prendre le relais à l’autre autorité
trail-action-authority-taken-back = a annulé l’autre autorité
trail-action-authority-took-over = a continué avec l’autre autorité
trail-action-settings-changed = a démarré avec d’autres réglages
trail-action-history-repaired = a reconstitué des parties de l’historique
trail-action-erased = a effacé un nom
trail-action-users-pseudonymised = a remplacé les utilisateurs par des pseudonymes
trail-action-handed-out = a pris tout ce qui en est conservé
trail-action-audit-redacted = a retiré un nom d’une entrée

# Qui l’a fait
trail-actor-person = personne
trail-actor-api-key = clé d’API
trail-actor-agent = agent
trail-actor-program = ce programme
trail-actor-nobody = inconnu

# Ce qui est concerné
trail-subject-account = compte
trail-subject-token = jeton
trail-subject-api-key = clé d’API
trail-subject-agent = agent
trail-subject-host = hôte
trail-subject-client = client
trail-subject-user = utilisateur
trail-subject-group-rule = règle de groupes
trail-subject-class-rule = règle de classes
trail-subject-alert-rule = règle d’incidents
trail-subject-approval-rule = règle d’approbation
trail-subject-silence = silence
trail-subject-webhook = webhook
trail-subject-connector = outil de tickets
trail-subject-incident = incident
trail-subject-event = événement
trail-subject-view = vue
trail-subject-secrets = secrets
trail-subject-authority = autorité
trail-subject-settings = réglages
trail-subject-history = historique
trail-subject-page = page
trail-subject-entry = entrée

# Ce qu’il en est advenu
trail-outcome-done = fait
trail-outcome-refused = refusé
trail-outcome-begun = commencé
trail-outcome-failed = échoué
