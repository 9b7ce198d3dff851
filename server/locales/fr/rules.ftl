# Ce que disent les règles ; l’anglais est dans server/src/findings.

rule-restart-no = immédiatement
rule-restart-service = après le redémarrage du service « Serveur », qui coupe toutes les sessions de cet hôte
rule-restart-computer = définitivement après le redémarrage de l’ordinateur

# Ce qui limite les sessions
rule-title-cfg-01 = Une édition cliente de Windows sert de serveur au-delà de ce pour quoi elle est faite
rule-why-cfg-01 = Windows 10 et 11 acceptent 20 sessions à la fois, quelle que soit l’édition. Aucun paramètre n’augmente ce nombre, et la licence n’en permet pas plus. Un seul client peut détenir plusieurs de ces 20 sessions.
rule-remedy-cfg-01 = Déplacez le partage vers Windows Server, un NAS ou Samba. D’ici là, fermez les sessions que personne n’utilise : d’abord celles sans fichier ouvert.
rule-risk-cfg-01 = Regarder ne risque rien. Une session fermée alors que son client allait écrire est rouverte par le client.
rule-source-cfg-01 = NetServerGetInfo, niveau 102 (sv102_users), ce que `net config server` affiche sous « Maximum Logged On Users » dans un Windows anglais

rule-title-cfg-02 = Quelqu’un a fixé une limite de sessions dans le Registre
rule-why-cfg-02 = La valeur Users limite le nombre de sessions que le serveur accepte. Sans elle, Windows Server en accepte 16 777 216. On lit souvent que 0 signifie « sans limite », ce qui n’est documenté nulle part : la valeur peut être refusée (événement 2506) ou ne laisser entrer personne.
rule-remedy-cfg-02 = Supprimez la valeur, sauf si quelqu’un veut cette limite.
rule-risk-cfg-02 = Redémarrer le service coupe toutes les sessions de l’hôte.
rule-source-cfg-02 = SERVER_INFO_1107 et SV_USERS_PARMNUM dans lmserver.h

rule-title-cfg-16 = Un partage est proche de sa propre limite
rule-why-cfg-16 = Un partage peut avoir sa propre limite. Qui arrive au-delà reçoit la même erreur 71 qu’à la limite de l’hôte, alors que l’hôte a de la place.
rule-remedy-cfg-16 = Augmentez la limite du partage, ou supprimez-la (0).
rule-risk-cfg-16 = Quelqu’un a peut-être fixé cette limite pour une licence.
rule-source-cfg-16 = NetShareEnum, niveau 502 (shi502_max_uses, shi502_current_uses)

rule-title-cfg-19 = Une connexion peut porter moins de sessions que d’habitude
rule-why-cfg-19 = Les serveurs Bureau à distance et les proxys font passer les sessions de nombreuses personnes par une seule connexion. Au-delà de ce nombre, la suivante est refusée, alors que l’hôte a de la place.
rule-remedy-cfg-19 = Revenez à 16 384.
rule-risk-cfg-19 = Aucun connu.
rule-source-cfg-19 = Set-SmbServerConfiguration, -MaxSessionPerConnection

# Quand les sessions inactives prennent fin
rule-title-cfg-03 = Les sessions inactives sont gardées très longtemps
rule-why-cfg-03 = Une session que personne n’utilise compte dans la limite jusqu’à ce que son client y mette fin, ou que ce délai expire. Les sessions avec des fichiers ouverts restent dans tous les cas. Avant Windows Server 2025, aucun document ne dit si ce délai vaut aussi pour SMB 2 et 3 : vérifiez sur la page de l’hôte que les sessions inactives disparaissent.
rule-remedy-cfg-03 = Fixez-le à 15 minutes, la valeur par défaut.
rule-command-cfg-03 =
    Set-SmbServerConfiguration -AutoDisconnectTimeout 15
    # Sur Windows Server 2025 :
    Set-SmbServerConfiguration -AutoDisconnectTimeoutInMinutesV1 15 -AutoDisconnectTimeoutInSecondsV2 900
rule-risk-cfg-03 = Les clients se reconnectent d’eux-mêmes. Une vieille application qui garde un lecteur pendant des heures sans y toucher peut se plaindre une fois.
rule-source-cfg-03 = Microsoft : « Serveur réseau Microsoft : durée d’inactivité avant la suspension d’une session »

rule-title-cfg-04 = Les sessions inactives prennent fin après moins de cinq minutes
rule-why-cfg-04 = Les clients reviennent au clic suivant : chaque fois une session est ouverte à nouveau, avec une nouvelle authentification. Avec de nombreux clients à la fois, c’est une tempête.
rule-remedy-cfg-04 = Fixez-le à 15 minutes, la valeur par défaut.
rule-command-cfg-04 =
    Set-SmbServerConfiguration -AutoDisconnectTimeout 15
    # Sur Windows Server 2025 :
    Set-SmbServerConfiguration -AutoDisconnectTimeoutInMinutesV1 15 -AutoDisconnectTimeoutInSecondsV2 900
rule-risk-cfg-04 = Les sessions inactives restent un peu plus longtemps et comptent dans la limite pendant ce temps.
rule-source-cfg-04 = Microsoft : « Serveur réseau Microsoft : durée d’inactivité avant la suspension d’une session »

rule-title-cfg-13 = Les sessions restent à la fin des horaires d’accès
rule-why-cfg-13 = EnableForcedLogoff met fin aux sessions des comptes dont les horaires d’accès sont terminés, et seulement à celles-là. Ce n’est pas un nettoyage des sessions inactives, comme on le lit souvent : sans horaires d’accès, il ne fait rien, activé ou non.
rule-remedy-cfg-13 = Rien, sauf si des comptes ont des horaires d’accès.
rule-risk-cfg-13 = Les fichiers ouverts des personnes dont les horaires se terminent sont fermés.
rule-source-cfg-13 = Microsoft : « Serveur réseau Microsoft : déconnecter les clients à l’expiration du délai de la durée de session »

# Le protocole et ses réglages
rule-title-cfg-05 = Des paramètres de SMB1 sont réglés alors que SMB1 est désactivé
rule-why-cfg-05 = MaxWorkItems, MaxMpxCt et leurs semblables appartiennent à l’ancien protocole. SMB 2 et 3 ont des crédits à la place : ces valeurs n’augmentent ni ne réduisent le nombre de clients qui peuvent se connecter, quelle que soit la formule dont elles viennent.
rule-remedy-cfg-05 = Supprimez-les à l’occasion, pour que personne ne compte dessus.
rule-risk-cfg-05 = Aucun : elles n’ont pas d’effet.
rule-source-cfg-05 = Set-SmbServerConfiguration (« SMB1 » dans l’aide de chacune) ; SERVER_INFO_1533

rule-title-cfg-06 = SMB1 a trop peu d’éléments de travail pour ses clients
rule-why-cfg-06 = Chaque requête d’un client SMB1 prend un élément de travail. Quand il n’y en a pas assez pour quatre clients, quelques clients actifs privent les autres (événement 2021).
rule-remedy-cfg-06 = Mieux vaut désactiver SMB1. Sinon, fixez MaxWorkItems à au moins quatre fois MaxMpxCt.
rule-risk-cfg-06 = Chaque élément de travail prend de la mémoire dans la réserve non paginée.
rule-source-cfg-06 = Microsoft KB317249 (le facteur quatre est une règle empirique)

rule-title-cfg-07 = SMB1 est activé
rule-why-cfg-07 = L’ancien protocole n’a pas de protection digne de ce nom contre la falsification, et il a ses propres limites. De vieux scanners et boîtiers NAS en ont peut-être encore besoin.
rule-remedy-cfg-07 = Cherchez qui le parle (événement 3000), puis désactivez-le.
rule-command-cfg-07 =
    # Pendant quelques semaines, pour voir qui le parle :
    Set-SmbServerConfiguration -AuditSmb1Access $true
    # Ensuite :
    Set-SmbServerConfiguration -EnableSMB1Protocol $false
rule-risk-cfg-07 = Les appareils qui ne parlent rien d’autre ne peuvent plus atteindre leur partage.
rule-source-cfg-07 = Microsoft : « SMBv1 n’est pas installé par défaut dans Windows »

rule-title-cfg-08 = SMB 2 et 3 sont désactivés
rule-why-cfg-08 = Les clients parlent alors SMB1, s’ils le peuvent : pas de signature digne de ce nom, pas de chiffrement, et les limites de l’ancien protocole.
rule-remedy-cfg-08 = Activez-les.
rule-risk-cfg-08 = Redémarrer le service coupe toutes les sessions de l’hôte.
rule-source-cfg-08 = Événement 1024 de Microsoft-Windows-SMBServer ; Microsoft : « Détecter, activer et désactiver SMBv1, SMBv2 et SMBv3 »

rule-title-cfg-09 = Un minimum de crédits est fixé, que Windows ignore
rule-why-cfg-09 = Depuis Windows 10 et Windows Server 2016, Smb2CreditsMin ne fait rien.
rule-remedy-cfg-09 = Supprimez-le à l’occasion.
rule-risk-cfg-09 = Aucun : il n’a pas d’effet.
rule-source-cfg-09 = Microsoft : « Réglage des performances pour les serveurs de fichiers SMB »

rule-title-cfg-10 = Les clients reçoivent peu de crédits
rule-why-cfg-10 = Les crédits sont le nombre de requêtes qu’un client peut avoir en cours. S’il y en a peu, les clients rapides attendent chaque réponse, et le travail dure plus longtemps que le réseau ne l’exige.
rule-remedy-cfg-10 = Revenez à 8 192, la valeur par défaut de Windows Server.
rule-risk-cfg-10 = Redémarrer le service coupe toutes les sessions de l’hôte.
rule-source-cfg-10 = Microsoft : « Réglage des performances pour les serveurs de fichiers SMB » (le seuil de 512 est le nôtre)

rule-title-cfg-11 = Un nombre de threads est fixé, que Windows ignore
rule-why-cfg-11 = MaxThreadsPerQueue appartient à d’anciennes versions. MaxThreadsPerNumaNode l’a remplacé ; l’augmenter n’aide que si les files « SMB2 NonBlocking » restent longues un moment.
rule-remedy-cfg-11 = Supprimez-le à l’occasion.
rule-risk-cfg-11 = Aucun : il n’a pas d’effet.
rule-source-cfg-11 = Microsoft : « Réglage des performances pour les serveurs de fichiers SMB »

rule-title-cfg-12 = IRPStackSize est trop petit pour les pilotes de cet hôte
rule-why-cfg-12 = Les antivirus, le chiffrement et la sauvegarde placent des pilotes de filtre entre le serveur et le disque ; chacun prend une place dans la pile d’une requête. S’il manque des places, le partage ne peut pas être ouvert (événement 2011).
rule-remedy-cfg-12 = Fixez IRPStackSize à 20 ; si l’événement 2011 revient, à trois de plus.
rule-risk-cfg-12 = Chaque requête prend un peu plus de mémoire. Redémarrer le service coupe toutes les sessions de l’hôte.
rule-source-cfg-12 = Microsoft KB106167, KB198386 ; événement 2011

rule-title-cfg-15 = Les baux sont désactivés
rule-why-cfg-15 = Avec les baux, les clients gardent ce qu’ils ont lu et gardent des fichiers ouverts pour leur propre compte. Sans eux, il y a plus de trafic, et les fichiers sont ouverts et fermés plus souvent.
rule-remedy-cfg-15 = Activez-les, sauf si une application l’interdit.
rule-risk-cfg-15 = Certaines applications de base de données demandent qu’ils soient désactivés. Redémarrer le service coupe toutes les sessions de l’hôte.
rule-source-cfg-15 = Événement 1026 de Microsoft-Windows-SMBServer

# Qui peut faire quoi sans dire qui il est
rule-title-cfg-14 = La signature n’est pas exigée là où elle devrait l’être
rule-why-cfg-14 = Les contrôleurs de domaine exigent par défaut des messages signés, et la base de référence de sécurité de Microsoft le demande à tout serveur à partir de Windows Server 2025 : personne ne peut modifier un message entre le client et le serveur. Cela ne dit rien de la capacité.
rule-remedy-cfg-14 = Exigez-la, une fois certain qu’aucun client n’est trop ancien pour signer.
rule-risk-cfg-14 = Elle prend un peu de temps processeur. De très vieux clients ne peuvent plus se connecter.
rule-source-cfg-14 = Microsoft : « Vue d’ensemble de la signature SMB (Server Message Block) »

rule-title-cfg-17 = Des partages ou des canaux nommés acceptent n’importe qui
rule-why-cfg-17 = Les sessions anonymes comptent comme les autres. Une liste de partages ou de canaux nommés qu’elles peuvent utiliser est un vestige, sauf sur un contrôleur de domaine.
rule-remedy-cfg-17 = Videz la liste, sauf si un appareil en a besoin.
rule-risk-cfg-17 = Un vieil appareil qui vient anonymement ne peut plus atteindre son partage.
rule-source-cfg-17 = Événement 1025 de Microsoft-Windows-SMBServer

rule-title-cfg-20 = Tout le domaine peut lister les sessions de cet hôte
rule-why-cfg-20 = La liste d’accès de NetSessionEnum accorde l’accès à « Utilisateurs authentifiés » : n’importe quel compte peut voir qui travaille où, et c’est ainsi que des attaquants cherchent les administrateurs.
rule-remedy-cfg-20 = Retirez cette entrée de la liste, comme Windows le fait par défaut dans les versions récentes.
rule-risk-cfg-20 = Un outil de supervision qui liste les sessions à distance avec un compte ordinaire ne le peut plus. (L’agent de Highwater interroge localement.)
rule-source-cfg-20 = HKLM\SYSTEM\CurrentControlSet\Services\LanmanServer\DefaultSecurity, valeur SrvsvcSessionInfo

# Ce que disent les événements, et ce qu’ils ne disent pas
rule-title-cfg-18 = Windows a ignoré un paramètre du serveur SMB
rule-why-cfg-18 = L’événement 2506 dit qu’une valeur du Registre n’est pas valide et a été ignorée : quelqu’un croit à un paramètre qui n’est pas en vigueur.
rule-remedy-cfg-18 = Regardez l’événement : il nomme la valeur. Corrigez-la ou supprimez-la.
rule-risk-cfg-18 = Redémarrer le service coupe toutes les sessions de l’hôte.
rule-source-cfg-18 = Événement 2506 (netevent.h : EVENT_SRV_INVALID_REGISTRY_VALUE)

rule-title-evt-01 = L’hôte était plein et son journal n’en dit rien
rule-why-evt-01 = Aucun événement de Windows ne dit que les sessions sont épuisées : les clients reçoivent l’erreur 71, le journal du serveur reste muet. Qui attend l’événement 2003 attend en vain.
rule-remedy-evt-01 = Fiez-vous aux sessions comptées, comme le fait Highwater.
rule-source-evt-01 = netevent.h : 2003 est EVENT_SRV_CANT_CREATE_PROCESS, un échec au démarrage d’un ancien pilote

rule-title-evt-02 = Des événements de capacité sont survenus alors que l’hôte avait de la place
rule-why-evt-02 = Le serveur a manqué de quelque chose qui n’est pas des sessions : des éléments de travail, des objets de connexion, une table d’une connexion ou de la mémoire. Plus de sessions, ou une limite plus haute, n’y changeraient rien.
rule-remedy-evt-02 = Regardez ce que nomme l’événement. Pour 2021 et 2022, SMB1 est en général la cause ; pour 2009, un client avec trop de fichiers ouverts ou de recherches.
rule-source-evt-02 = netevent.h ; Microsoft KB317249 (2021, 2022), KB165815 (2009)

# Les clients qui oublient leurs sessions
rule-title-cli-01 = Un client ouvre des sessions et n’y met pas fin
rule-why-cli-01 = Des sessions sans fichier ouvert depuis une demi-journée ne servent à personne, et comptent pourtant dans la limite. Si leur nombre ne diminue pas d’un jour à l’autre, un programme de ce client les a oubliées : des scanners, des outils de sauvegarde et des pilotes le font.
rule-remedy-cli-01 = Mettez à jour ou redémarrez ce programme. D’ici là, fermez ces sessions : le client en ouvre une nouvelle quand il en a besoin.
rule-command-cli-01 =
    # Les montre d’abord ; -WhatIf ne ferme rien :
    Get-SmbSession -ClientComputerName CLIENT | Where-Object NumOpens -eq 0 | Close-SmbSession -WhatIf
rule-risk-cli-01 = Une session sur le point d’être utilisée est rouverte par le client.
rule-source-cli-01 = Les sessions elles-mêmes : fichiers ouverts, âges et durées d’inactivité (une demi-journée, huit sessions et trois quarts sont nos seuils)
