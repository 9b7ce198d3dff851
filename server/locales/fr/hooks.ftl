# Les webhooks : où d’autres systèmes apprennent ce qui arrive aux incidents.

hooks-tab = Webhooks
hooks-about = D’autres systèmes apprennent par HTTPS ce qui arrive aux incidents. Les messages suivent la spécification Standard Webhooks : signés, dans l’ordre pour chaque incident, réessayés pendant des jours.
hooks-none = Aucun webhook
hooks-some = { $all ->
    [one] 1 webhook
   *[other] { $all } webhooks
}{ $off ->
    [0] {""}
   *[other] , dont { $off } hors service
}
hooks-empty = Personne n’est encore prévenu. Créez un webhook avec l’adresse du système qui doit savoir.
hooks-new = Nouveau webhook
hooks-make = Créer
hooks-name = Nom
hooks-url = Adresse
hooks-url-about = Où les messages sont envoyés par POST. Les adresses de ce serveur, de cette machine et des métadonnées de cloud sont refusées.
hooks-tells = Annonce
hooks-types = { $types ->
    [one] 1 type d’événement
   *[other] { $types } types d’événements
}
hooks-groups = Groupes
hooks-groups-about = Seulement les incidents des hôtes de ces groupes, un par ligne ; vide pour tous. Les incidents de tout le parc sont toujours annoncés.
hooks-all-groups = Tous
hooks-state = État
hooks-on = En service
hooks-off = Hors service
hooks-off-by = Mis hors service par { $name }
hooks-off-gone = Hors service : le destinataire ne veut plus de messages (410)
hooks-off-failing = Hors service : rien n’est arrivé pendant des jours
hooks-failing = En échec : { $failures ->
    [one] 1 essai
   *[other] { $failures } essais
} en vain
hooks-one = Webhook { $name }
hooks-secrets = { $secrets ->
    [0] Aucun secret pour signer : créez-en un
    [one] Signé avec 1 secret
   *[other] Signé avec { $secrets } secrets
}
hooks-test = Envoyer un essai
hooks-switch-on = Mettre en service
hooks-switch-off = Mettre hors service
hooks-rotate = Nouveau secret
hooks-delete = Supprimer
hooks-change = Modifier
hooks-keep = Enregistrer
hooks-secret = Le secret du webhook
hooks-secret-once = Il n’est montré que cette fois.
hooks-secret-about = Donnez-le au destinataire, qui vérifie avec lui que les messages viennent d’ici. Les bibliothèques de la spécification Standard Webhooks le prennent tel quel.
hooks-secret-beside = Jusqu’à { $when }, le secret précédent signe aussi, pour que le destinataire change en paix.
hooks-secret-done = C’est noté
hooks-log = Ce qui a été envoyé
hooks-log-empty = Rien n’a encore été envoyé.
hooks-any-state = Tous les états
hooks-is-waiting = En attente
hooks-is-delivered = Arrivé
hooks-is-dead = Abandonné
hooks-why-given_up = essayé pendant des jours
hooks-why-gone = le destinataire n’en veut plus
hooks-why-off = le webhook était hors service
hooks-why-once = un essai n’est tenté qu’une fois
hooks-why-missing = le webhook n’existe plus
hooks-message = Message
hooks-came = Résultat
hooks-attempts = Essais
hooks-answered = Réponse { $status }
hooks-no-answer = Pas de réponse : { $error }
hooks-done = Fait
hooks-not-tried = Pas encore essayé.
hooks-took = { $ms } ms
hooks-body = Le message
hooks-delivery = Message { $type }
hooks-send-again = Renvoyer
hooks-again-since = Renvoyer tout ce qui lui était destiné depuis une date
hooks-since = Depuis
hooks-again-all = aussi ce qui est arrivé : les destinataires reconnaissent un message à son identifiant
hooks-under-way = Ce message est justement en route. Rechargez la page dans un instant.
hooks-off-first = C’est hors service : rien ne serait envoyé. Mettez d’abord en service.
hooks-no-instant = Écrivez depuis quand, avec une date et une heure.
hooks-event-incident-opened = Un incident s’ouvre
hooks-event-incident-again = Cela se reproduit
hooks-event-incident-joined = Un autre signe s’y joint
hooks-event-incident-acknowledged = Quelqu’un le prend en charge
hooks-event-incident-assigned = Il change de responsable
hooks-event-incident-commented = Quelqu’un commente
hooks-event-incident-linked = Un ticket est lié
hooks-event-incident-unlinked = Un ticket est délié
hooks-event-incident-silenced = Il est mis en silence
hooks-event-incident-cleared = Il est terminé
hooks-event-incident-resolved = Il est résolu
hooks-event-incident-reopened = Il est rouvert
hooks-event-webhook-disabled = Un autre webhook a été mis hors service par le programme
hooks-wrong-name = Écrivez un nom de { $most } caractères au plus.
hooks-no-type = Choisissez au moins un type d’événement.
hooks-wrong-type = Il n’y a pas de type d’événement « { $word } ».
hooks-wrong-groups = Nommez { $most } groupes au plus, ou aucun pour tous les hôtes.
hooks-too-many = Il y a { $most } webhooks, autant qu’il peut y en avoir. Supprimez-en un d’abord.
hooks-wrong-address = Écrivez l’adresse du destinataire comme https://tickets.corp.example/in, avec { $most } caractères au plus.
hooks-credentials = Laissez le nom et le mot de passe hors de l’adresse : tous ceux qui la lisent les verraient.
hooks-own = C’est l’adresse de ce serveur lui-même.
hooks-localhost = Les noms sous localhost mènent à cette machine.
hooks-reach-unspecified = L’adresse { $address } n’est celle d’aucune machine.
hooks-reach-loopback = L’adresse { $address } mène à cette machine.
hooks-reach-link-local = L’adresse { $address } ne va pas au-delà du prochain câble.
hooks-reach-metadata = L’adresse { $address } livre les secrets d’un cloud à qui demande de l’intérieur.
hooks-reach-multicast = L’adresse { $address } désigne plusieurs machines à la fois.
hooks-reach-reserved = L’adresse { $address } est réservée.
hooks-reach-translated = L’adresse { $address } mène là où une passerelle la traduit.
