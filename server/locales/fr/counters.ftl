# Ce qu’un hôte compte à côté de ses sessions.

counters-title = Compteurs
counters-read = { $over }, dernière lecture { $at }
counters-quiet = À zéro : { $names }.
counters-most = au plus { $most }
counters-most-within = au plus { $most } en 5 min
counters-spark = { $label } : { $value }, { $most } ({ $at })

counters-ended = Sessions terminées
counters-ended-note = expirées : fermées par le serveur parce qu’elles étaient inactives depuis trop longtemps
counters-timed-out = expirées
counters-errored-out = terminées par erreur
counters-logged-off = fermées normalement
counters-forced-off = fermées de force

counters-short = Pénuries
counters-short-note = tout ce qui figure ici mérite un coup d’œil : le serveur a manqué de quelque chose
counters-work-items = manques d’éléments de travail
counters-blocking-requests = requêtes bloquantes rejetées
counters-request-buffers = manques de tampons de requête
counters-big-buffers = manques de grands tampons
counters-nonpaged-failures = échecs de réserve non paginée
counters-paged-failures = échecs de réserve paginée

counters-errors = Erreurs
counters-password = erreurs de mot de passe
counters-permission = erreurs d’autorisation
counters-system = erreurs système

counters-load = Charge
counters-load-note = l’ordinateur, et les files d’attente de son serveur SMB
counters-files-open = fichiers ouverts
counters-queue = file la plus longue
counters-threads = threads actifs
counters-processors = processeurs occupés
counters-memory = mémoire utilisée
counters-nonpaged-pool = réserve non paginée
counters-paged-pool = réserve paginée
counters-received = reçus
counters-sent = envoyés

counters-tcp = Connexions TCP au port SMB
counters-tcp-note = une connexion n’est pas une session : elle peut en porter plusieurs, ou n’appartenir à aucune
counters-established = établies
counters-opening = en ouverture
counters-close-wait = en attente de fermeture
counters-time-wait = en temporisation
counters-closing = en fermeture
