# Ce que signifient les problèmes de l’API, et ce qui est dit quand on en rencontre un.

problem-all = Les erreurs que le serveur renvoie
problem-about = Chaque réponse qui n’est pas ce qui était demandé porte l’un d’eux comme type (RFC 9457).
problem-means = Ce que cela signifie
problem-do = Que faire

problem-title-sequence-hole = Il manque des enregistrements avant ce lot
problem-means-sequence-hole = Un agent a envoyé des enregistrements dont les numéros ne suivent pas les derniers que le serveur a enregistrés.
problem-do-sequence-hole = Rien : la réponse dit quel numéro est attendu, et l’agent reprend de là. Si cela dure, la file de l’agent a été perdue ; sa commande doctor en dit plus.

problem-title-record-refused = Un enregistrement ne peut pas être enregistré
problem-means-record-refused = Un agent a envoyé un enregistrement contraire aux règles du format.
problem-do-record-refused = Rien : l’agent l’omet et signale une lacune. Si cela revient souvent, l’agent et le serveur sont de versions très différentes.

problem-title-malformed-batch = Le corps n’est pas compris
problem-means-malformed-batch = Ce qu’un agent a envoyé n’est pas du JSON de la forme attendue, ou s’est interrompu.
problem-do-malformed-batch = Vérifiez si un serveur mandataire modifie les corps en chemin, et si la version de l’agent est connue de ce serveur.

problem-title-batch-too-large = Le lot est trop grand
problem-means-batch-too-large = Un agent a envoyé en une fois plus que le serveur n’accepte.
problem-do-batch-too-large = Rien : l’agent envoie moins d’enregistrements à la fois.

problem-title-unsupported-encoding = Cet encodage n’est pas pris en charge
problem-means-unsupported-encoding = Le corps est arrivé avec un Content-Encoding que le serveur ne lit pas ici.
problem-do-unsupported-encoding = Les agents envoient en zstd ou sans encodage. Vérifiez si un serveur mandataire compresse les corps en chemin.

problem-title-key-unknown = Cette clé est inconnue
problem-means-key-unknown = La clé d’un agent n’est pas de ce serveur.
problem-do-key-unknown = Inscrivez de nouveau l’agent avec un jeton. Si tous les agents sont touchés à la fois, ils parlent à un autre serveur, ou sa base de données est plus ancienne.

problem-title-agent-pending = Cet agent attend une approbation
problem-means-agent-pending = Son jeton demande qu’une personne laisse entrer chaque agent.
problem-do-agent-pending = Approuvez-le sous Réglages, Agents. Il garde ses enregistrements jusque-là.

problem-title-agent-conflict = Un autre ordinateur a la même identité
problem-means-agent-conflict = Deux ordinateurs disent être le même : un clone, ou un ordinateur réinstallé.
problem-do-agent-conflict = Décidez sous Réglages, Agents si les deux sont gardés ou si l’un remplace l’autre.

problem-title-agent-revoked = Cet agent a été révoqué
problem-means-agent-revoked = Quelqu’un lui a retiré sa clé.
problem-do-agent-revoked = Inscrivez-le de nouveau avec un jeton s’il doit envoyer.

problem-title-agent-banned = Cet ordinateur a été banni
problem-means-agent-banned = Quelqu’un a décidé qu’il ne peut plus ni envoyer ni s’inscrire.
problem-do-agent-banned = Le bannissement se lève sous Réglages, Agents.

problem-title-token-refused = Le jeton est refusé
problem-means-token-refused = Il a expiré, a été révoqué, a été utilisé autant de fois que permis, ou n’est pas pour cette adresse.
problem-do-token-refused = Créez un autre jeton sous Réglages, Jetons.

problem-title-certificate-missing = Il manque un certificat
problem-means-certificate-missing = Ce serveur n’admet les agents qu’avec un certificat de l’autorité de l’entreprise, et celui-ci n’en a pas montré.
problem-do-certificate-missing = Donnez un certificat à l’agent avec --client-cert. Un proxy inverse qui termine TLS le retire : laissez les agents venir sans lui.

problem-title-certificate-refused = Le certificat est refusé
problem-means-certificate-refused = Le certificat que l’agent a montré au début de sa connexion n’est plus valable : son autorité l’a révoqué, ou rien ne dit s’il est encore bon.
problem-do-certificate-refused = Donnez un autre certificat à l’agent avec --client-cert. Si plus aucun n’est valable, regardez les listes de certificats révoqués : highwater doctor security dit ce qui ne va pas.

problem-title-clock-off = Une horloge est décalée
problem-means-clock-off = Ce qu’un agent a envoyé est daté du futur, ou plus ancien que l’historique conservé.
problem-do-clock-off = Mettez à l’heure les horloges de l’hôte et du serveur.

problem-title-over-quota = Cet hôte a transmis ce qu’il peut pour l’instant
problem-means-over-quota = Ce qu’un hôte peut transmettre en une heure et en un jour est limité, pour qu’aucun ne remplisse le disque du serveur.
problem-do-over-quota = Rien : l’agent garde ses enregistrements et les transmet après le délai indiqué par l’en-tête Retry-After. Si l’hôte transmet tant à juste titre, relevez limits.agent_… dans la configuration du serveur ; sinon, cherchez ce qu’il transmet.

problem-title-key-not-asked = Aucune autre clé n’est demandée
problem-means-key-not-asked = Un agent a proposé une autre clé sans qu’on la lui demande.
problem-do-key-not-asked = Rien : il continue avec la clé qu’il a. Une autre clé se demande sous Réglages, Agents.

problem-title-try-later = Réessayez plus tard
problem-means-try-later = Le serveur ne peut pas le faire en ce moment.
problem-do-try-later = Réessayez après le délai indiqué par l’en-tête Retry-After. Si cela dure, le journal du serveur en dit plus.

problem-title-not-found = Introuvable
problem-means-not-found = Ce que désigne l’adresse n’est pas là : supprimé, jamais créé, ou plus ancien que l’historique conservé.
problem-do-not-found = Prenez adresses et identifiants dans les listes. Considérez comme terminé ce qui n’est plus là.

problem-title-server-error = Une erreur s’est produite dans le serveur
problem-means-server-error = La requête n’y est pour rien. La base de données ne répond pas, ou il y a une erreur dans le programme.
problem-do-server-error = Réessayez dans un instant. Le journal du serveur dit ce que c’était ; l’en-tête X-Request-Id de la réponse en nomme l’endroit.

problem-title-method = Méthode non autorisée
problem-means-method = L’adresse existe, mais pas pour cette méthode.
problem-do-method = L’en-tête Allow dit quelles méthodes existent.

problem-title-bad-request = Cette requête n’est pas comprise
problem-means-bad-request = Un paramètre est inconnu ou n’est pas ce qu’il doit être, ou le corps n’est pas du JSON.
problem-do-bad-request = Le détail nomme ce qui ne va pas et ce qui est permis. Renvoyée telle quelle, elle échouera de nouveau.

problem-title-forbidden = Interdit
problem-means-forbidden = La requête vient d’un autre site, ou d’un formulaire d’une connexion antérieure.
problem-do-forbidden = Rechargez la page et recommencez.

problem-title-role = Le rôle ne suffit pas
problem-means-role = La requête vient d’un navigateur dont la personne peut regarder, mais pas faire cela.
problem-do-role = Adressez-vous à un administrateur de ce serveur : les rôles se donnent sous Réglages, Comptes. Le détail nomme le rôle nécessaire.

problem-title-confined = Pas pour les hôtes visibles
problem-means-confined = Ce qui est demandé montre tous les hôtes. Le compte, ou la clé, est limité à certains groupes d’hôtes.
problem-do-confined = Adressez-vous à un administrateur de ce serveur : les groupes se donnent sous Réglages, Comptes, et à une clé à sa création. Le détail nomme ceux qui sont visibles.

problem-title-screen = Cet écran affiche le mur
problem-means-screen = Le navigateur a été gardé comme écran : il lit le mur et rien d’autre.
problem-do-screen = Connectez-vous avec un compte, ou demandez depuis un autre navigateur.

problem-title-factor = D’abord un second facteur
problem-means-factor = La requête vient d’un navigateur dont le compte n’a pas de second facteur, et ce serveur l’exige de son rôle.
problem-do-factor = Configurez-le sur la page du compte, puis répétez la requête. Les clés des programmes ne sont pas concernées.

problem-title-conflict = Impossible dans cet état
problem-means-conflict = Ce qui est là est dans un état où cela ne peut pas se faire : un incident terminé, par exemple, ne peut pas être pris en charge.
problem-do-conflict = Relisez-le et décidez de nouveau.

problem-title-sign-in = Non connecté
problem-means-sign-in = La requête n’a ni clé ni cookie d’un navigateur connecté.
problem-do-sign-in = Envoyez une clé : Authorization: Bearer hwk_…. Les clés se créent sous Réglages, Clés d’API.

problem-title-api-key-unknown = Cette clé d’API est inconnue
problem-means-api-key-unknown = Ce qui figure dans l’en-tête Authorization n’est pas une clé de ce serveur.
problem-do-api-key-unknown = Vérifiez qu’elle est copiée en entier, avec son début hwk_, et qu’elle est bien de ce serveur.

problem-title-api-key-expired = Cette clé d’API a expiré
problem-means-api-key-expired = La clé a été créée avec une fin, qui est arrivée.
problem-do-api-key-expired = Créez-en une autre sous Réglages, Clés d’API, et donnez-la au programme.

problem-title-api-key-revoked = Cette clé d’API a été révoquée
problem-means-api-key-revoked = Quelqu’un a mis fin à cette clé.
problem-do-api-key-revoked = Demandez à qui exploite ce serveur. Les clés se créent sous Réglages, Clés d’API.

problem-title-csrf-token = Le jeton de la session manque
problem-means-csrf-token = Un navigateur a demandé un changement avec son seul cookie, ce qu’un autre site pourrait lui faire faire.
problem-do-csrf-token = Les programmes utilisent une clé au lieu d’un cookie. Un script d’une de nos pages envoie le jeton de la session dans l’en-tête X-CSRF-Token.

problem-title-scope = Cette clé ne permet pas cela
problem-means-scope = La clé est valable, mais a été créée pour autre chose.
problem-do-scope = Créez une clé qui le permet sous Réglages, Clés d’API. Le détail dit quel droit manque.

problem-title-not-acceptable = Cette représentation n’existe pas
problem-means-not-acceptable = L’en-tête Accept n’admet rien de ce qui existe.
problem-do-not-acceptable = Acceptez application/json ; les listes existent aussi en text/csv.

problem-title-outdated = Cela a changé depuis
problem-means-outdated = L’en-tête If-Match nomme une version antérieure de l’incident : quelqu’un a été plus rapide. Rien n’a été fait.
problem-do-outdated = Relisez l’incident, regardez ce qui a changé, et renvoyez la requête avec son nouvel ETag si elle est toujours juste.

problem-title-in-progress = La même requête est en cours
problem-means-in-progress = Une requête avec la même Idempotency-Key n’a pas encore reçu de réponse.
problem-do-in-progress = Attendez une seconde et renvoyez-la : elle recevra la réponse de la première.

problem-title-idempotency-key-reused = Cette Idempotency-Key appartient à une autre requête
problem-means-idempotency-key-reused = La clé est déjà venue, en moins d’un jour, avec une autre adresse ou un autre corps.
problem-do-idempotency-key-reused = Choisissez une nouvelle clé, par exemple un UUID aléatoire, pour chaque requête, et ne la gardez que pour renvoyer la même.

problem-title-body-too-large = Le corps est trop grand
problem-means-body-too-large = Un corps peut avoir 64 Kio.
problem-do-body-too-large = Raccourcissez le texte, ou liez un ticket qui le contient.

problem-title-media-type = Le corps n’est pas envoyé en JSON
problem-means-media-type = L’en-tête Content-Type ne dit pas application/json.
problem-do-media-type = Envoyez Content-Type: application/json. Sans corps, il n’est pas nécessaire.

problem-title-unprocessable = Un champ du corps n’est pas ce qu’il doit être
problem-means-unprocessable = Le corps est du JSON, mais un champ manque, est inconnu, trop long ou d’un autre genre.
problem-do-unprocessable = Le détail nomme le champ et ce qui est permis.

problem-title-rate-limit = Trop de requêtes
problem-means-rate-limit = Cette clé ou ce compte interroge plus souvent que le serveur ne le permet.
problem-do-rate-limit = Attendez aussi longtemps que le dit Retry-After. Les en-têtes RateLimit et RateLimit-Policy de chaque réponse disent ce qui reste. Pour suivre les incidents, demandez avec updated_since plutôt que tous.

problem-title-too-slow = Cela a pris trop de temps
problem-means-too-slow = Le serveur a abandonné avant que la réponse soit prête. Un changement a pu être fait ou non.
problem-do-too-slow = Demandez une durée plus courte ou moins de lignes. Renvoyez un changement avec la même Idempotency-Key : il n’est pas fait deux fois.

# Ce qui est dit d’une requête
fault-sign-in = Envoyez une clé, sous la forme Authorization: Bearer hwk_…, ou connectez-vous avec un navigateur.
fault-api-key-unknown = Le serveur ne connaît pas cette clé. Envoyez-en une qui a été créée sur sa page des clés d’API : Authorization: Bearer hwk_….
fault-api-key-expired = Cette clé a expiré. Créez-en une autre sur la page des clés d’API du serveur.
fault-api-key-revoked = Cette clé a été révoquée. Créez-en une autre sur la page des clés d’API du serveur.
fault-csrf-token = Le cookie d’un navigateur ne change rien à lui seul : envoyez le jeton de la session dans l’en-tête X-CSRF-Token, ou utilisez une clé.
fault-scope = Il faut pour cela une clé avec le droit { $scope }.
fault-not-acceptable = L’en-tête Accept n’admet rien de ce qui existe : application/json et, pour les listes, text/csv.
fault-outdated = L’incident a changé depuis : son ETag est maintenant { $etag }. Rien n’a été fait. Relisez-le.
fault-in-progress = Une requête avec cette Idempotency-Key est en cours. Renvoyez-la dans une seconde.
fault-idempotency-key-reused = Cette Idempotency-Key est déjà venue avec une autre requête. Choisissez-en une nouvelle.
fault-body-too-large = Le corps peut avoir 65536 octets. Raccourcissez-le.
fault-media-type = Envoyez le corps en JSON, avec Content-Type: application/json.
fault-unprocessable = Un champ du corps n’est pas ce qu’il doit être : { $error }.
fault-rate-limit = Plus de requêtes que ce serveur n’en permet pour une clé ou un compte. Attendez { $secs } s.
fault-too-slow = La réponse a pris trop de temps. Demandez moins, ou réessayez plus tard.
