# Les clés avec lesquelles des programmes interrogent l’API.

keys-tab = Clés d’API
keys-none = Pas encore de clé. Il en faut une aux programmes qui interrogent l’API.
keys-over = Plus aucune clé n’est valable.
keys-good = { $keys ->
    [one] { $keys } programme peut interroger l’API.
   *[other] { $keys } programmes peuvent interroger l’API.
}
keys-left = { $keys ->
    [one] { $keys } clé est valable dont le créateur n’est plus administrateur. Révoquez-la si personne ne doit s’en servir.
   *[other] { $keys } clés sont valables dont les créateurs ne sont plus administrateurs. Révoquez celles dont personne ne doit se servir.
}
keys-about = Une clé est pour un seul programme, par exemple un outil de tickets. Ce qu’il fait est enregistré sous le nom de la clé.
keys-docs = Ce que l’API sait faire
keys-empty = Créez la première avec le formulaire.
keys-key = Clé
keys-may = Droits
keys-may-read = lire
keys-may-write-incidents = lire et s’occuper des incidents
keys-may-admin = tout, y compris les agents, les jetons et les webhooks
keys-names = voit les noms des utilisateurs
keys-names-about = Sinon, des pseudonymes les remplacent, et les messages et enregistrements d’événements manquent. Une clé qui a tous les droits les voit toujours.
keys-without-names = voit des pseudonymes d’utilisateurs
keys-all-hosts = voit tous les hôtes
keys-used = Dernière utilisation
keys-made = créée par { $name } { $when }
keys-maker-demoted = son créateur n’est plus administrateur
keys-maker-disabled = le compte de son créateur est désactivé
keys-maker-gone = le compte de son créateur n’existe plus, ou a changé de nom depuis
keys-revoked-before = Cette clé a déjà été révoquée, ou elle n’existe pas.
keys-new = Nouvelle clé
keys-name = Nom
keys-name-about = Celui du programme qui interroge. Il figure dans le fil des incidents.
keys-days-about = Vide : jamais.
keys-make = Créer la clé
keys-wrong-label = Donnez à la clé un nom de { $most } caractères au plus.
keys-wrong-scope = Choisissez ce que la clé permet.
keys-groups-admin = Une clé qui a tous les droits voit tous les hôtes : laissez les groupes vides, ou choisissez des droits moindres.
keys-wrong-days = « Expire après » contient « { $text } » ; saisissez un nombre de 1 à { $most }, ou rien.
keys-made-now = La clé « { $label } » est créée. Copiez-la maintenant : elle ne sera plus affichée.
keys-how = Envoyez-la avec chaque requête, sous la forme <code>Authorization: Bearer …</code>. Gardez-la là où le programme garde ses secrets, ni dans une adresse, ni dans un script que d’autres lisent, ni parmi les arguments d’un programme, que chacun voit sur sa machine.
keys-trust = Le certificat doit être reconnu : celui de l’autorité propre au serveur se donne à curl avec --cacert ; sous Windows, il s’importe dans les autorités racines de confiance de l’ordinateur.
api-back = Revenir au parc
api-no-script = Cette page a besoin d’un script. Le document lui-même est sous /api/v1/openapi.json.
