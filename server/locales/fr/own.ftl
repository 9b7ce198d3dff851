# Son propre compte : mot de passe, navigateurs, second facteur.

own-title = Votre compte
own-role = Rôle : { $role }
own-source-local = Vous vous connectez avec un mot de passe que ce serveur garde.
own-source-oidc = Vous vous connectez par le service de connexion de votre entreprise, qui garde le mot de passe et le second facteur.
own-source-ldap = Vous vous connectez par l’annuaire de votre entreprise, qui garde le mot de passe.
own-elsewhere = Le mot de passe de ce compte n’est pas gardé ici, et son second facteur non plus.

# Navigateurs
own-sessions = Où vous êtes connecté
own-session-here = ce navigateur
own-session-screen = écran mural
own-session-unknown = Navigateur inconnu
own-session-since = connexion : { $when }, depuis { $address }
own-session-used = dernière utilisation { $ago }
own-session-end = Déconnecter
own-sessions-end-others = Déconnecter tous les autres

# Mot de passe
own-password = Changer le mot de passe
own-password-old = Mot de passe actuel
own-password-new = Nouveau mot de passe
own-password-wrong = Le mot de passe actuel n’est pas juste.

# Second facteur
own-factor = Second facteur
own-factor-off = Il n’est pas activé. Avec lui, la connexion demande, en plus du mot de passe, un code d’une application de votre téléphone.
own-factor-demanded = Ce serveur ne montre rien d’autre à votre compte tant que son second facteur n’est pas activé. Il faut une application sur votre téléphone, et une minute.
own-factor-on = Il est activé depuis { $when }.
own-factor-codes = { $codes ->
    [one] Il reste { $codes } code de secours.
   *[other] Il reste { $codes } codes de secours.
}
own-factor-password = Votre mot de passe
own-factor-begin = Le configurer
own-factor-end = Le désactiver
own-factor-set-up = Configurer le second facteur
own-factor-scan = Scannez ce code avec une application d’authentification sur votre téléphone.
own-factor-qr = Code QR pour une application d’authentification
own-factor-type = Sans appareil photo, saisissez ce secret dans l’application :
own-factor-uri = La même chose sous forme d’adresse
own-factor-confirm = L’activer
own-factor-confirm-about = Les six chiffres que l’application affiche maintenant. Tant qu’ils ne sont pas justes, rien ne change ; ensuite vos autres navigateurs sont déconnectés.
own-factor-leave = Ne pas l’activer
own-factor-wrong = Ce code n’est pas juste. Vérifiez l’heure du téléphone.
own-factor-late = Rien n’est en cours de configuration, ou cela a pris trop de temps. Recommencez depuis la page de votre compte.
own-factor-is-on = Le second facteur est déjà activé.
own-factor-is-off = Le second facteur est déjà désactivé.
own-codes-title = Codes de secours
own-codes-head = Le second facteur est activé. Gardez ces codes.
own-codes-about = Sans votre téléphone, chacun d’eux sert une seule fois à la place d’un code de l’application. Imprimez-les, ou gardez-les avec vos mots de passe : ils ne seront plus affichés.
own-codes-done = Je les ai gardés
