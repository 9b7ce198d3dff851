# Constats : quelles règles s’appliquent à quels hôtes.

severity-critical = critique
severity-high = élevée
severity-medium = moyenne
severity-low = faible
severity-info = information

findings-none-anywhere = Aucun constat sur aucun hôte
findings-sentence = { $findings ->
    [one] { $findings } constat
   *[other] { $findings } constats
} sur { $hosts ->
    [one] { $hosts } hôte
   *[other] { $hosts } hôtes
} : { $each }
findings-of-critical = { $findings } de gravité critique
findings-of-high = { $findings } de gravité élevée
findings-of-medium = { $findings } de gravité moyenne
findings-of-low = { $findings } de gravité faible
findings-of-info = { $findings } pour information
findings-about = Des règles sur la configuration des hôtes, et sur ce que leurs événements ne disent pas. Highwater ne change rien : c’est à vous d’exécuter les commandes.
findings-severities = Gravités
findings-hold-head = Règles qui s’appliquent
findings-gone-head = Constats disparus
findings-worst-first = les plus graves d’abord
findings-newest-first = les plus récents d’abord
findings-state = État
findings-hold = actuels
findings-gone = disparus
findings-empty = Aucune. Les hôtes sont examinés à quelques minutes d’intervalle ; leurs agents transmettent les paramètres toutes les heures.
findings-empty-severity = Aucune de cette gravité.
findings-gone-empty = Aucun. Un constat est conservé ici quand sa raison a disparu.
findings-newer = Plus récents
findings-older = Plus anciens
findings-advice = Conseils qui circulent
findings-advice-about = et ce qu’ils ont de vrai
findings-rules = { $rules } règles :

# Têtes de colonnes
findings-severity = Gravité
findings-rule = Règle
findings-what = De quoi il s’agit
findings-hosts = Hôtes
findings-host = Hôte
findings-finding = Constat
findings-detail = Ce qui a été trouvé
findings-since = Depuis
findings-held-since = Existait depuis
findings-gone-at = Disparu

# Une règle
findings-holds-nowhere = Elle ne s’applique à aucun hôte.
findings-holds-on = Elle s’applique à { $hosts ->
    [one] { $hosts } hôte
   *[other] { $hosts } hôtes
}.
findings-no-host = Aucun.
findings-no-more-hosts = Aucun autre.
findings-before = Précédents
findings-next = Suivants
findings-why = Pourquoi
findings-what-to-do = Que faire
findings-takes-effect = Prend effet
findings-risk = Risques
findings-run-by = À exécuter par une personne, dans PowerShell sur l’hôte, en tant qu’administrateur.

# Ce qui a été trouvé sur un hôte : une chose, et comment plusieurs se suivent
findings-joint = { $before }, { $next }
findings-joint-long = { $before } ; { $next }
detail-set = { $name } = { $value }
detail-on = { $name } est activé
detail-off = { $name } est désactivé
detail-list = { $name } : { $list }
detail-busy = { $os } : { $sessions } sessions sur { $limit } aux heures les plus chargées de la semaine passée
detail-share = { $name } { $uses } sur { $limit }
detail-work-items = { $items } éléments de travail pour { $requests } requêtes de chaque client
detail-everybody = « Utilisateurs authentifiés » (S-1-5-11) figure dans la liste
detail-events = événement { $code }, { $count ->
    [one] une fois
   *[other] { $count } fois
} en { $days } jours
detail-told = l’événement { $code } le dit
detail-full = plein pendant { $minutes ->
    [one] { $minutes } minute
   *[other] { $minutes } minutes
} en { $days } jours, aucun événement de capacité
detail-room = { $events ->
    [one] { $events } événement de capacité sur { $all } en { $days } jours est survenu
   *[other] { $events } événements de capacité sur { $all } en { $days } jours sont survenus
} alors que moins de la moitié des sessions étaient prises
detail-leak = { $client } détient { $sessions } sessions, { $forgotten } sans fichier ouvert, la plus ancienne depuis { $oldest }
detail-leak-since = { $client } détient { $sessions } sessions, { $before } la veille, { $forgotten } sans fichier ouvert, la plus ancienne depuis { $oldest }
