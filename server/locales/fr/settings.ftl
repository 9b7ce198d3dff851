# Réglages : qui peut transmettre, avec quels jetons, et comment va l’installation elle-même.

settings-tab-agents = Agents
settings-tab-tokens = Jetons
settings-tab-diagnosis = Cette installation

# Agents
settings-agents-none = Aucun agent ne s’est encore inscrit.
settings-agents-decided = { $approved ->
    [one] { $approved } agent peut transmettre
   *[other] { $approved } agents peuvent transmettre
} ; { $heard ->
    [one] { $heard } s’est manifesté
   *[other] { $heard } se sont manifestés
} au cours des 5 dernières minutes.
settings-agents-wait = { $waiting ->
    [one] { $waiting } agent attend votre décision
   *[other] { $waiting } agents attendent votre décision
} ; { $approved ->
    [one] { $approved } peut transmettre
   *[other] { $approved } peuvent transmettre
}.
settings-agents-empty = Un agent apparaît ici dès qu’il demande une identité. Créez d’abord un jeton : <a href="/settings/tokens">jetons</a>.
settings-agents-waiting = En attente d’une décision
settings-agents-waiting-about = d’ici là, ils gardent sur disque ce qu’ils observent
settings-agents-decided-head = Déjà traités
settings-agents-count = { $agents ->
    [one] { $agents } agent
   *[other] { $agents } agents
}
settings-agents-seek = Nom, adresse ou version
settings-agents-seek-short = Nom, adresse, version
settings-any-state = Tous les états
settings-show = Afficher
settings-no-such-agent = Aucun agent ne correspond.
settings-page = { $first }–{ $last } sur { $all }
settings-back = Précédents
settings-next = Suivants
settings-agent = Agent
settings-agent-state = État
settings-version = Version
settings-heard = Vu
settings-never-heard = jamais
settings-enrolled = Inscrit
settings-decide = Décider

# L’un d’eux
settings-asked = { $os }, agent { $version }, depuis { $address }, demande faite { $ago }
settings-asked-by-token = { $os }, agent { $version }, depuis { $address }, avec le jeton « { $token } », demande faite { $ago }
settings-machine = Ordinateur <code>{ $id }</code>
settings-twin = Même identité : { $name } à l’adresse { $address }, { $state ->
    [pending] en attente d’approbation
    [approved] approuvé
    [conflict] en conflit
    [revoked] révoqué
   *[banned] banni
}
settings-conflict = Un clone de l’autre ordinateur : gardez les deux. Le même ordinateur, réinstallé : il remplace l’autre. Ni l’un ni l’autre n’est connu : refusez ou bannissez.
settings-state-pending = En attente d’approbation
settings-state-approved = Approuvé
settings-state-conflict = Conflit : identité déjà prise
settings-state-revoked = Révoqué
settings-state-banned = Banni
settings-decide-approve = Approuver
settings-decide-replace = Remplacer l’autre
settings-decide-split = Garder les deux
settings-decide-refuse = Refuser
settings-decide-revoke = Révoquer
settings-decide-lift = Lever le bannissement
settings-decide-ban = Bannir
settings-hint-approved = Il peut transmettre pour cet hôte. L’agent qui le faisait jusqu’ici ne le peut plus.
settings-hint-split = Deux ordinateurs avec une même identité (un clone) : celui-ci devient un hôte à part entière.
settings-hint-revoked = Il ne peut plus transmettre. Il peut s’inscrire à nouveau avec un jeton.
settings-hint-banned = Il ne peut plus transmettre, ni s’inscrire à nouveau.
settings-agent-by-rule = Admis par une règle : { $rule }
settings-agent-by-gone-rule = Admis par une règle qui n’existe plus
settings-agent-no-rule = Aucune règle d’approbation ne l’admet. Il dit s’appeler { $name } et appartenir au domaine { $domain } ; il a demandé depuis { $address }.
settings-own-word = Un ordinateur déclare lui-même son nom et son domaine quand il s’inscrit : quiconque possède le jeton peut déclarer la même chose. Ce serveur ne constate que l’adresse, et un site entier peut n’en avoir qu’une.
settings-over-quota-bytes = Il a transmis autant d’octets qu’il le peut, garde le reste et le transmettra plus tard. Dernière fois :
settings-over-quota-records = Il a transmis autant d’enregistrements qu’il le peut, garde le reste et le transmettra plus tard. Dernière fois :
settings-over-quota-sessions = Il a transmis autant de sessions qu’il le peut, garde le reste et le transmettra plus tard. Dernière fois :
settings-over-quota-names = Il a apporté autant de nouveaux noms qu’il le peut, garde le reste et le transmettra plus tard. Dernière fois :
settings-over-quota-events = Il a transmis autant d’événements qu’il le peut : les suivants sont laissés de côté jusqu’à la fin de l’heure ou du jour (UTC), tout le reste est pris. Dernière fois :
settings-over-quota-event_bytes = Il a transmis autant d’octets d’événements qu’il le peut : les suivants sont laissés de côté jusqu’à la fin de l’heure ou du jour (UTC), tout le reste est pris. Dernière fois :
settings-over-quota-stored = Il a transmis autant à conserver qu’il le peut, garde le reste et le transmettra plus tard. Dernière fois :
settings-two-machines = Deux ordinateurs transmettent avec la clé de cet agent, vu { $ago } : le disque de l’un est une copie de celui de l’autre. Si c’est un seul ordinateur, ramené à un état antérieur, il n’y a rien à faire. Sinon, demandez une autre clé : l’ordinateur qui la prend le premier reste cet hôte, l’autre garde ses enregistrements jusqu’à ce qu’il s’inscrive de nouveau.
settings-two-machines-seen = Réglé
settings-two-machines-seen-hint = La copie n’existe plus ou a sa propre identité. Si deux transmettent encore, cela sera dit de nouveau.
settings-key-ask = Nouvelle clé
settings-key-ask-hint = L’agent se fait une autre clé à sa prochaine requête, sans pause. L’ancienne vaut jusqu’à ce que la nouvelle serve.
settings-key-asked = Nouvelle clé demandée { $ago }
settings-key-asked-before = Une autre clé est déjà demandée à { $name }, ou il ne peut pas transmettre.
settings-agent-changed = { $state ->
    [pending] { $name } est maintenant en attente d’approbation.
    [approved] { $name } est maintenant approuvé.
    [conflict] { $name } est maintenant en conflit.
    [revoked] { $name } est maintenant révoqué.
   *[banned] { $name } est maintenant banni.
} Vérifiez de nouveau.
settings-agent-cannot = { $state ->
    [pending] { $name } est en attente d’approbation
    [approved] { $name } est approuvé
    [conflict] { $name } est en conflit
    [revoked] { $name } est révoqué
   *[banned] { $name } est banni
} : cette décision n’est pas de celles que la page propose alors.

# Jetons
settings-tokens-none = Aucun jeton pour l’instant. Créez-en un pour inscrire le premier agent.
settings-tokens-over = Plus aucun jeton ne permet d’inscrire des agents.
settings-tokens-usable = { $tokens ->
    [one] { $tokens } jeton permet d’inscrire des agents.
   *[other] { $tokens } jetons permettent d’inscrire des agents.
}
settings-tokens-about = Un jeton permet seulement de demander une identité. Sa révocation ou son expiration ne touche jamais les agents déjà inscrits.
settings-tokens-empty = Créez le premier avec le formulaire ; la commande à saisir sur l’hôte est affichée avec lui.
settings-token = Jeton
settings-token-approves = Approbation
settings-token-used = Utilisé
settings-token-expires = Expire
settings-token-addresses = Adresses
settings-token-no-label = sans libellé
settings-token-in-group = groupe { $group }
settings-token-made-at = créé : { $when }
settings-token-at-once = immédiate
settings-token-by-rule = par règle
settings-token-by-hand = manuelle
settings-token-uses = { $uses ->
    [one] { $uses } fois
   *[other] { $uses } fois
}
settings-token-uses-of = { $uses } sur { $most }
settings-token-revoked-at = révoqué : { $when }
settings-token-expired-at = expiré : { $when }
settings-token-never = jamais
settings-token-any-address = toutes
settings-token-revoked-before = Ce jeton a déjà été révoqué, ou il n’existe pas.

# Un nouveau
settings-token-new = Nouveau jeton
settings-token-label = Libellé
settings-token-label-example = Serveurs de fichiers Paris
settings-token-label-about = Pour s’y retrouver : où il doit servir.
settings-token-group = Groupe
settings-token-group-about = Les hôtes inscrits avec ce jeton rejoignent ce groupe. Facultatif.
settings-token-who = Qui approuve
settings-token-who-hand = Une personne, agent par agent
settings-token-who-rule = Une règle ci-dessous, immédiatement ; sinon une personne
settings-token-who-auto = Personne : les agents sont admis immédiatement
settings-token-days = Expire après (jours)
settings-token-most-uses = Utilisations
settings-token-any-number = sans limite
settings-token-ranges = Plages d’adresses
settings-token-ranges-about = Seulement depuis celles-ci ; vide : toutes.
settings-token-make = Créer le jeton
settings-token-long-label = Le libellé peut avoir { $most } caractères au plus.
settings-token-long-group = Le groupe peut avoir { $most } caractères au plus.
settings-token-wrong-days = « Expire après » contient « { $text } » ; saisissez un nombre de 1 à { $most }, ou rien.
settings-token-wrong-uses = « Utilisations » contient « { $text } » ; saisissez un nombre de 1 à { $most }, ou rien.
settings-token-no-range = « { $word } » n’est pas une plage d’adresses. Saisissez des plages comme 10.20.0.0/16 ou 2001:db8::/32.

# Règles qui admettent des agents
settings-rules = Règles d’approbation
settings-rules-about = pour les jetons approuvés par règle ; toutes les conditions d’une règle doivent être remplies. Les agents qui attendent déjà ne sont pas réexaminés
settings-rules-none = Pas encore de règle : les agents munis d’un tel jeton attendent une personne.
settings-rules-states = Admet
settings-rules-trust = Sur quoi elle repose
settings-rules-most = Il y a déjà { $most } règles. Supprimez-en une d’abord.
settings-approve-if-name = nom { $states }
settings-approve-if-domain = domaine { $states }
settings-approve-if-subnet = depuis { $states }
settings-rule-made = créée { $when } par { $by }
settings-rule-believes = seulement ce que l’ordinateur déclare
settings-rule-checks = l’adresse, que ce serveur voit
settings-rule-delete = Supprimer
settings-rule-keep = Enregistrer
settings-rule-nothing = Énoncez quelque chose : un nom, un domaine ou une plage d’adresses.
settings-rule-of-name = Nom
settings-rule-of-name-about = Avec * et ?. Déclaré par l’ordinateur.
settings-rule-of-domain = Domaine
settings-rule-of-domain-about = Ce domaine ou un domaine inférieur, déclaré par l’ordinateur.
settings-rule-of-subnet = Plage d’adresses
settings-rule-of-subnet-about = De la connexion. La seule partie qu’un ordinateur situé ailleurs ne peut pas falsifier.

# Il est créé
settings-token-made = Le jeton « { $label } » est créé. Copiez-le maintenant : il ne sera plus affiché.
settings-token-made-nameless = Le jeton est créé. Copiez-le maintenant : il ne sera plus affiché.
settings-token-made-auto = Les agents sont admis immédiatement
settings-token-made-hand = Vous approuvez chaque agent sous <a href="/settings/agents">agents</a>
settings-token-made-rule = Les agents pour lesquels une <a href="/settings/tokens#rules">règle</a> vaut sont admis immédiatement ; vous approuvez les autres sous <a href="/settings/agents">agents</a>
settings-token-until = jusqu’à : { $when }
settings-token-endless = il n’expire jamais
settings-token-for = pour { $agents ->
    [one] { $agents } agent
   *[other] { $agents } agents
}
settings-token-for-any = pour un nombre illimité d’agents
settings-token-linux = Sur un serveur de fichiers Linux avec Samba
settings-token-linux-about = L’agent s’inscrit, puis transmet jusqu’à ce qu’on l’arrête. Son identité reste sur l’hôte ; le jeton ne sert plus : la fois suivante, omettez --token-file - <<'END' et les deux dernières lignes. Le jeton passe par l’entrée standard, car chacun sur l’hôte peut lire les arguments d’un programme ; un fichier nommé à la place du tiret convient aussi.
settings-token-pieces = Ou élément par élément
settings-token-server = Serveur
settings-token-fingerprint = Empreinte de l’autorité de certification
settings-token-fingerprint-about = SHA-256. Le serveur l’a affichée à son premier démarrage ; un agent qui a cette empreinte ne fait confiance à rien d’autre.
settings-token-windows = Sur un seul ordinateur Windows
settings-token-windows-about = Dans une invite de commandes ouverte en tant qu’administrateur, dans le dossier du package. Cela réussit même si ce serveur est absent : l’agent transmettra quand il le pourra. Une fois inscrit, il efface le jeton de l’ordinateur. Pendant l’installation du package, le jeton figure parmi les arguments du programme d’installation, et dans le journal d’événements si l’ordinateur enregistre les lignes de commande des processus ; par la stratégie ci-dessous, non.
settings-token-policy = Sur tous les serveurs de fichiers Windows, par stratégie de groupe
settings-token-policy-copy = Copiez <code>highwater-agent.msi</code> et <code>deploy.ps1</code> dans un partage que les comptes des ordinateurs eux-mêmes peuvent lire (Ordinateurs du domaine : lecture).
settings-token-policy-templates = Décompressez les modèles de stratégie dans le magasin central, <code>SYSVOL\…\Policies\PolicyDefinitions</code>.
settings-token-policy-object = Créez un objet de stratégie de groupe pour les serveurs de fichiers. Sous Configuration ordinateur, Stratégies, Modèles d’administration, Highwater, Agent, définissez l’adresse du serveur, l’empreinte et le jeton d’inscription.
settings-token-policy-object-known = Créez un objet de stratégie de groupe pour les serveurs de fichiers. Sous Configuration ordinateur, Stratégies, Modèles d’administration, Highwater, Agent, définissez l’adresse du serveur, l’empreinte (inutile ici : le certificat de ce serveur vient d’une autorité que les ordinateurs connaissent) et le jeton d’inscription.
settings-token-policy-script = Sous Configuration ordinateur, Stratégies, Paramètres Windows, Scripts (démarrage/arrêt), Démarrage, onglet Scripts PowerShell, ajoutez <code>deploy.ps1</code> avec le paramètre <code>-Package \\SERVER\SHARE\highwater-agent.msi</code> ; ou attribuez le package sous Stratégies, Paramètres du logiciel, Installation de logiciel.
settings-token-policy-without = Sans les modèles de stratégie, passez tout au script en paramètres (le jeton figure alors aussi parmi ses arguments, et parmi ceux du programme d’installation, tant qu’ils s’exécutent) :
settings-token-policy-care = Toute personne dont l’ordinateur reçoit cette stratégie peut lire le jeton : limitez-le à des adresses, donnez-lui une fin, ou approuvez les agents à la main.
settings-token-done = C’est fait, je l’ai copié

# Ce que téléchargent les administrateurs Windows
settings-package = Package Windows
settings-package-none = Ce serveur n’en propose pas encore. Placez ce que produit <code>agent/gpo/build</code> dans <code>{ $folder }</code> sur le serveur : cela apparaît ici immédiatement.
settings-package-msi = Le package de l’agent, pour la stratégie de groupe, Intune, Configuration Manager ou un double-clic
settings-package-policies = Les modèles de stratégie (ADMX) en anglais et en français, pour le magasin central
settings-package-deploy = Installe ou met à jour l’agent au démarrage d’un ordinateur
settings-package-check = Indique l’état des agents de nombreux ordinateurs
settings-package-detect = Dit à Intune si l’agent est présent
settings-package-prove = Compare, sur un ordinateur, ce que dit l’agent à ce que dit Windows
settings-package-exe = Le programme seul, pour regarder une fois sans installer
settings-package-sbom = De quoi il est fait (SBOM, CycloneDX)
settings-package-sums = Sommes de contrôle de tous ces fichiers

# L’installation elle-même
settings-diagnosis-good = Les données arrivent, sont totalisées et sont conservées
settings-diagnosis-look = { $things ->
    [one] { $things } point est à examiner
   *[other] { $things } points sont à examiner
}
settings-diagnosis-of = Highwater { $version }, { $database }, base { $store }
settings-check-state = État
settings-check = Vérification
settings-check-found = Ce qui a été trouvé
settings-check-good = bon
settings-check-look = à voir
settings-check-ingest = Réception
settings-check-history = Historique
settings-check-agents = Agents
settings-check-silence = Silence
settings-check-clocks = Horloges
settings-check-queues = Files d’attente
settings-check-completeness = Exhaustivité
settings-check-quotas = Quantités
settings-check-room = Place
settings-check-twins = Copies
settings-check-certificate = Certificat
settings-check-revocation = Certificats révoqués
settings-check-disk = Disque
settings-check-syslog = Transfert du journal d’audit
settings-look-at-them = Les examiner
settings-and-more = { $names } et { $more ->
    [one] { $more } autre
   *[other] { $more } autres
}
settings-versions = Versions des agents
settings-version-unknown = inconnue
settings-hosts = { $hosts ->
    [one] { $hosts } hôte
   *[other] { $hosts } hôtes
}
settings-doctor = Sur le serveur lui-même : <code>highwater doctor</code> examine les réglages, le certificat, la base de données et le disque ; <code>highwater doctor history</code> compare chaque enregistrement de l’historique à ce dont il est fait ; <code>highwater doctor audit</code> dit si le journal d’audit est tel qu’il a été écrit.

# Ce qui a été trouvé
settings-ingest-good = les lots sont enregistrés dès leur arrivée
settings-ingest-ended = la partie qui enregistre les lots s’est arrêtée ; les agents gardent ce qu’ils ont. Redémarrez le serveur ; son journal dit pourquoi
settings-history-good = tout est totalisé
settings-history-waiting = { $hours ->
    [one] { $hours } heure d’un hôte attend d’être totalisée
   *[other] { $hours } heures d’hôtes attendent d’être totalisées
}
settings-history-behind = { $hours ->
    [one] { $hours } heure d’un hôte attend d’être totalisée, depuis { $span }
   *[other] { $hours } heures d’hôtes attendent d’être totalisées, la plus ancienne depuis { $span }
}. Après beaucoup de données tardives, cela prend un moment ; sinon le serveur est trop lent pour son parc
settings-syslog-good = { $waiting ->
    [0] toutes les entrées sont arrivées
    [one] les entrées arrivent ; { $waiting } est en chemin
   *[other] les entrées arrivent ; { $waiting } sont en chemin
}
settings-syslog-failing = depuis { $span }, aucune entrée n’est arrivée, et { $waiting ->
    [one] { $waiting } attend
   *[other] { $waiting } attendent
} : { $error }. Examinez le récepteur, et audit.syslog dans les réglages ; rien n’est perdu entre-temps
settings-agents-may = { $approved ->
    [one] { $approved } agent peut transmettre
   *[other] { $approved } agents peuvent transmettre
}
settings-agents-may-and-wait = { $approved ->
    [one] { $approved } agent peut transmettre
   *[other] { $approved } agents peuvent transmettre
} ; { $waiting ->
    [one] { $waiting } attend une décision
   *[other] { $waiting } attendent une décision
}
settings-silence-good = tous les hôtes transmettent
settings-silence = { $hosts ->
    [one] { $hosts } hôte est muet : { $names }
   *[other] { $hosts } hôtes sont muets : { $names }
}
settings-clocks-good = tous les hôtes sont à moins d’une minute de ce serveur
settings-clocks = { $clocks ->
    [one] { $clocks } horloge est décalée de plus d’une minute : { $names }
   *[other] { $clocks } horloges sont décalées de plus d’une minute : { $names }
}. Mettez les horloges à l’heure : les événements et les sessions sont comparés d’après elles
settings-queues-good = aucun agent n’a beaucoup à transmettre
settings-queues = { $agents ->
    [one] { $agents } agent a plus de { $records } enregistrements à transmettre : { $names }. Il a été coupé du serveur un moment et rattrape son retard de lui-même
   *[other] { $agents } agents ont plus de { $records } enregistrements à transmettre : { $names }. Ils ont été coupés du serveur un moment et rattrapent leur retard d’eux-mêmes
}
settings-completeness-good = le dernier instantané de chaque hôte est complet
settings-completeness = { $hosts ->
    [one] { $hosts } hôte ne liste qu’une partie de ses sessions : { $names }. Le journal de l’agent sur l’hôte dit pourquoi
   *[other] { $hosts } hôtes ne listent qu’une partie de leurs sessions : { $names }. Les journaux des agents sur les hôtes disent pourquoi
}
settings-quotas-good = en un jour, aucun hôte n’a transmis plus qu’il ne le peut
settings-quotas = { $hosts ->
    [one] { $hosts } hôte a transmis autant qu’il le peut
   *[other] { $hosts } hôtes ont transmis autant qu’ils le peuvent
} : { $names }. Les agents gardent le reste et le transmettront plus tard. Si c’est normal pour ces hôtes, relevez les limites dans la configuration ; sinon, regardez ce qu’ils transmettent
settings-twins-good = en un jour, aucune clé n’a servi à deux ordinateurs
settings-twins = { $hosts ->
    [one] deux ordinateurs transmettent avec la clé de { $hosts } hôte
   *[other] deux ordinateurs transmettent chaque fois avec les clés de { $hosts } hôtes
} : { $names }. Le disque de l’un est une copie de celui de l’autre, ou un seul ordinateur a été ramené à un état antérieur
settings-certificate-later = il sera créé au premier démarrage
settings-certificate-days = { $path } expire dans { $days ->
    [one] { $days } jour
   *[other] { $days } jours
}
settings-certificate-renew = { $path } expire dans { $days ->
    [one] { $days } jour
   *[other] { $days } jours
}. Renouvelez-le ; le serveur le remarque de lui-même
settings-certificate-renew-own = { $path } expire dans { $days ->
    [one] { $days } jour
   *[other] { $days } jours
}. Envoyez SIGHUP au serveur : il renouvelle son propre certificat
settings-certificate-unreadable = il ne peut pas être utilisé : { $error }. Un serveur en marche garde celui qu’il a
settings-revocation-good = { $lists ->
    [one] { $lists } liste est bonne
   *[other] { $lists } listes sont bonnes
}. Heures jusqu’à la fin de la prochaine : { $hours }
settings-revocation-ending = { $path } est encore bon pour { $hours } heures. Mettez-y la prochaine liste de son autorité ; le serveur la remarque de lui-même
settings-revocation-expired = { $path } a expiré : tous les certificats de { $issuer } sont refusés. Mettez-y la prochaine liste de son autorité ; le serveur la remarque de lui-même
settings-revocation-no-list = il n’y a pas de liste de { $issuer } : les certificats qu’il a émis lui-même sont refusés. Nommez sa liste dans agents.client_crl_files
settings-revocation-unreadable = on ne peut pas les connaître : { $error }. Un serveur en marche garde ce qu’il a
settings-disk-free = { $mib } Mio sont libres pour { $path }
settings-disk-low = { $mib } Mio sont libres pour { $path }, moins de { $little }. Faites de la place, ou déplacez ce qui s’y trouve, avant que plus rien ne puisse être écrit
settings-disk-near = { $mib } Mio sont libres pour { $path }, moins de { $little }. Faites de la place, gardez l’historique moins de jours, ou déplacez ce qui s’y trouve : avec moins de { $floor }, rien de ce que les agents transmettent n’est conservé, et dès lors pas avant qu’il n’y en ait un quart de plus (limits.free_megabytes). La page de cette installation dit ce qu’il en est
settings-disk-full = { $mib } Mio sont libres pour { $path } : rien de ce que les agents transmettent n’est conservé tant qu’il n’y en a pas un quart de plus que { $floor } (limits.free_megabytes). Faites de la place, gardez l’historique moins de jours, ou déplacez ce qui s’y trouve
settings-disk-unreadable = { $path } ne peut pas être examiné : { $error }
settings-disk-not-looked-at = pas examiné sur ce système : { $path }
settings-room-good = ce que les agents transmettent est conservé ; { $mib } Mio sont libres, et { $bound } Mio sont gardés libres
settings-room-of = ce que les agents transmettent est conservé ; la base de données a { $mib } Mio sur les { $bound } qu’elle peut avoir
settings-room-unbounded = ce que les agents transmettent est conservé, quelle que soit la place : limits.free_megabytes et limits.database_gigabytes ne disent rien
settings-room-none = rien de ce que les agents transmettent n’est conservé ; ils le gardent
settings-room-disk = rien de ce que les agents transmettent n’est conservé, ils le gardent : { $mib } Mio sont libres, et { $bound } Mio doivent être gardés libres. Cela reprend de soi-même quand il y en a un quart de plus. Faites de la place, ou gardez l’historique moins de jours
settings-room-database = rien de ce que les agents transmettent n’est conservé, ils le gardent : la base de données a { $mib } Mio, et peut en avoir { $bound } (limits.database_gigabytes). Gardez l’historique moins de jours, donnez-lui plus de place, ou relevez la limite

# What is kept, and who sees names
settings-privacy = Ce qui est conservé, et qui le voit
settings-privacy-about = comme le disent les réglages [retention] et [privacy]
settings-kept-snapshots = Instantanés : chaque session telle qu’elle était
settings-kept-hours = Heures : la somme de chacune
settings-kept-days = Jours, et les noms que rien d’autre ne retient
settings-kept-events = Événements, incidents, commentaires
settings-kept-deliveries = Ce qui a été envoyé à d’autres systèmes
settings-kept-audit = Journal d’audit
settings-kept-for = { $days ->
    [one] { $days } jour
   *[other] { $days } jours
}
settings-user-names = Les noms des utilisateurs sont conservés
settings-user-names-shown = tels qu’ils arrivent
settings-user-names-pseudonyms = comme pseudonymes
settings-user-names-off = pas du tout
settings-sees-names = Les noms des utilisateurs sont vus par
settings-sees-names-viewer = tous ceux qui se connectent
settings-sees-names-operator = les opérateurs et les administrateurs ; les autres voient des pseudonymes
settings-sees-names-administrator = les administrateurs ; les autres voient des pseudonymes
