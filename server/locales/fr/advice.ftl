# Les conseils qui circulent ; l’anglais est dans server/src/findings/advice.rs.

advice-verdict-wrong = faux
advice-verdict-useless = sans effet ici
advice-verdict-harmful = nuisible
advice-verdict-half = à moitié vrai

advice-claim-event-2003 = L’événement 2003 dit que la limite de connexions est atteinte
advice-truth-event-2003 = Il dit que l’ancien pilote du serveur n’a pas pu démarrer. D’autres programmes écrivent un 2003 à eux. Aucun événement ne dit que les sessions sont épuisées.

advice-claim-event-2019 = Les événements 2019 et 2020 concernent les connexions
advice-truth-event-2019 = Ils disent que les réserves de mémoire du système sont vides, en général à cause d’une fuite dans un pilote. C’est dans SMB que cela se voit, rarement de là que cela vient.

advice-claim-users-zero = Users = 0 dans le Registre signifie « sans limite »
advice-truth-users-zero = Ce n’est documenté nulle part, et la valeur peut être refusée ou ne laisser entrer personne. Supprimez plutôt la valeur.

advice-claim-max-work-items = Porter MaxWorkItems à un quart de la mémoire pour avoir plus de connexions
advice-truth-max-work-items = Les éléments de travail appartiennent à SMB1. SMB 2 et 3 n’en ont pas.

advice-claim-max-mpx-ct = MaxMpxCt est le nombre de connexions par session
advice-truth-max-mpx-ct = C’est le nombre de requêtes qu’un client SMB1 peut avoir en cours.

advice-claim-forced-logoff = EnableForcedLogoff nettoie les sessions inactives
advice-truth-forced-logoff = Il met fin aux sessions quand les horaires d’accès d’un compte sont terminés, et ne fait rien sans ces horaires.

advice-claim-idle-timeout = Fixer le délai d’inactivité à 15 minutes et redémarrer le serveur
advice-truth-idle-timeout = 15 minutes est la valeur par défaut, et un changement prend effet sans redémarrage.

advice-claim-security-signature = EnableSecuritySignature donne un journal détaillé
advice-truth-security-signature = Il propose la signature aux clients SMB1. Il ne journalise rien.

advice-claim-bandwidth-throttling = EnableBandwidthThrottling journalise les connexions
advice-truth-bandwidth-throttling = C’est un paramètre du client : il ralentit les transferts sur les connexions à forte latence, et il est activé par défaut. Il ne journalise rien.

advice-claim-restart-server = Redémarrer le service LanmanServer pour appliquer les paramètres
advice-truth-restart-server = Cela coupe toutes les sessions de l’hôte. Plusieurs paramètres ne demandent aucun redémarrage ; chaque règle ici dit s’il en faut un.

advice-claim-restart-workstation = Redémarrer LanmanWorkstation quand le serveur est plein
advice-truth-restart-workstation = C’est le client de l’hôte lui-même : cela rompt ce que l’hôte a ouvert ailleurs et ne libère aucune session.

advice-claim-netstat = netstat sur le port 445 montre les sessions
advice-truth-netstat = Il montre les connexions TCP, dans les deux sens. Une connexion peut porter plusieurs sessions, une session peut avoir plusieurs connexions.

advice-claim-lowest-id = La session au plus petit identifiant est la plus ancienne
advice-truth-lowest-id = Les identifiants ne disent rien de l’âge. SecondsExists le dit.

advice-claim-client-timeout = Set-SmbClientConfiguration -SessionTimeout 60 aide
advice-truth-client-timeout = C’est un paramètre du client, et 60 est sa valeur par défaut.

advice-claim-refused-clients = Les clients refusés voient « le chemin réseau n’a pas été trouvé » ou « accès refusé »
advice-truth-refused-clients = Ils voient l’erreur 71 : il n’est plus possible d’établir de connexion avec cet ordinateur distant pour le moment. Les deux autres ont d’autres raisons.

advice-claim-audit-smb1 = AuditSmb1Access analyse les connexions
advice-truth-audit-smb1 = Il journalise qui parle SMB1 (événement 3000), et rien d’autre.
