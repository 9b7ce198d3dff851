# Ce qui est dit à la place de ce qui était demandé.

verbatim = { $words }

error-title-not-found = Introuvable
error-title-method = Rien à voir ici
error-title-bad-request = Cette requête n’est pas comprise
error-title-forbidden = Interdit
error-title-role = Votre rôle ne suffit pas
error-title-confined = Pas pour les hôtes que vous voyez
error-title-screen = Cet écran affiche le mur
error-title-factor = D’abord un second facteur
error-title-conflict = Cela a changé entre-temps
error-title-sign-in = Se connecter
error-title-too-many = Trop d’essais
error-title-too-many-pages = Trop de pages ouvertes
error-title-store = La base de données ne répond pas
error-title-internal = Une erreur s’est produite

error-no-account = Ce compte n’existe pas. Il a peut-être été supprimé, ou l’adresse est mal saisie.
error-no-agent = Cet agent n’existe pas. Il a peut-être été supprimé, ou l’adresse est mal saisie.
error-no-client = Ce client n’existe pas. Il a peut-être été supprimé, ou l’adresse est mal saisie.
error-no-endpoint = Ce point de terminaison n’existe pas. Il a peut-être été supprimé, ou l’adresse est mal saisie.
error-no-incident = Cet incident n’existe pas. Il a peut-être été supprimé, ou l’adresse est mal saisie.
error-no-event = Cet événement n’existe pas. Il a peut-être été supprimé, ou l’adresse est mal saisie.
error-no-file = Ce fichier n’existe pas. Il a peut-être été supprimé, ou l’adresse est mal saisie.
error-no-host = Cet hôte n’existe pas. Il a peut-être été supprimé, ou l’adresse est mal saisie.
error-no-page = Cette page n’existe pas. Elle a peut-être été supprimée, ou l’adresse est mal saisie.
error-no-script = Ce script n’existe pas pour cet incident : son hôte n’est pas sous Windows, ou personne n’a été vu inactif. Sa page dit ce qu’il en est.
error-no-session = Ce navigateur n’est plus connecté.
error-no-rule = Cette règle n’existe pas. Elle a peut-être été supprimée, ou l’adresse est mal saisie.
error-no-token = Ce jeton n’existe pas. Il a peut-être été supprimé, ou l’adresse est mal saisie.
error-no-connector = Ce système de tickets n’existe pas. Il a peut-être été supprimé, ou l’adresse est mal saisie.
error-no-delivery = Ce message n’existe pas. Les messages sont supprimés quelque temps après leur règlement ; ou l’adresse est mal saisie.
error-no-webhook = Ce webhook n’existe pas. Il a peut-être été supprimé, ou l’adresse est mal saisie.
error-no-user = Cet utilisateur n’existe pas. Il a peut-être été supprimé, ou l’adresse est mal saisie.
error-no-view = Cette vue n’existe pas. Elle a peut-être été supprimée, ou l’adresse est mal saisie.

error-method-page = Cette adresse ne reçoit que des formulaires. Revenez à la page du formulaire, ou au parc.
error-method-endpoint = Ce point de terminaison ne se demande pas ainsi ; l’en-tête Allow dit comment.
error-address = L’adresse demande quelque chose d’incompréhensible : un élément y figure deux fois, ou n’est pas ce qu’il devrait être. Revenez par les liens des pages.
error-detail-sign-in = Connectez-vous d’abord.
error-detail-too-many = Trop d’essais. Attendez { $secs ->
    [one] { $secs } seconde
   *[other] { $secs } secondes
} et réessayez.
error-detail-too-many-pages = Trop de pages sont ouvertes à la fois. Celle-ci n’est plus mise à jour en direct, seulement de temps en temps ; fermez les pages que personne ne regarde.
error-topic = topic doit être fleet, ou host: suivi du numéro de l’hôte.
error-detail-store = Le serveur n’a pas pu lire ou écrire sa base de données. Réessayez dans un instant ; le journal du serveur en dit plus.
error-detail-internal = Une erreur s’est produite dans le serveur. Son journal dit laquelle.
error-detail-screen = Ce navigateur est gardé comme écran : il affiche le mur et rien d’autre. Pour en voir plus, connectez-vous.
error-detail-factor = Ce serveur ne montre rien au compte tant que son second facteur n’est pas activé. Connectez-vous avec ce compte et configurez-le sur la page du compte, par un clic sur le nom.
error-confined-account = Cela montre tous les hôtes, et votre compte ne voit que ceux de ces groupes : { $groups }. Demandez à un administrateur de le faire, ou de laisser votre compte en voir plus : { $names }.
error-confined-key = Cela montre tous les hôtes, et cette clé ne voit que ceux de ces groupes : { $groups }. Demandez à un administrateur une clé qui en voit plus : { $names }.
error-needs-operator = Il y faut un opérateur ou un administrateur ; votre rôle est : { $yours }. Demandez un autre rôle à un administrateur : { $names }.
error-needs-administrator = Il y faut un administrateur ; votre rôle est : { $yours }. Demandez à un administrateur de le faire, ou un autre rôle : { $names }.
error-other-site = Ce formulaire a été envoyé depuis un autre site ; rien n’a été fait.
error-earlier-form = Ce formulaire vient d’une connexion antérieure ou d’un autre site. Rechargez la page et recommencez.
error-form = Le formulaire n’a pas pu être lu : { $error }.
error-back = Revenir à la page du formulaire
error-to-fleet = Vers le parc
error-to-wall = Vers le mur

# Ce qu’un compte permet
role-viewer = lecteur
role-operator = opérateur
role-administrator = administrateur
