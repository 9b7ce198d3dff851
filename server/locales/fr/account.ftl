# Se connecter, et les liens à usage unique.

account-sign-in = Se connecter
account-name = Compte
account-password = Mot de passe
account-forgotten = Mot de passe oublié, ou pas encore de compte ?
account-forgotten-how = Sur le serveur, toute personne qui peut lire sa base de données obtient un lien à usage unique avec :
account-forgotten-name = NOM
account-refused = Il n’y a pas de compte avec ce nom et ce mot de passe.
account-disabled = Ce compte est désactivé. Adressez-vous à un administrateur de ce serveur.
account-too-many-tries = Trop d’essais depuis cette adresse. Attendez { $secs ->
    [one] { $secs } seconde
   *[other] { $secs } secondes
} et réessayez.

# Un lien
account-first-title = Créer le premier compte
account-first = Bienvenue. Créez le premier compte.
account-first-about = Il administre ce serveur : jetons d’inscription, agents, tout ce que montrent les pages.
account-first-make = Créer le compte
account-password-title = Définir un nouveau mot de passe
account-password-for = Définir un nouveau mot de passe pour { $name }
account-password-about = Les autres navigateurs connectés à ce compte sont déconnectés.
account-password-set = Définir le mot de passe
account-password-least = { $least } caractères ou plus ; quelques mots à la suite sont faciles à retenir.
account-again = Confirmez le mot de passe
account-name-missing = Donnez un nom au compte.
account-name-long = Le nom peut avoir { $most } caractères au plus, sans caractères de contrôle.
account-password-short = Le mot de passe a moins de { $least } caractères. Quelques mots à la suite sont faciles à retenir.
account-password-long = Le mot de passe a plus de { $most } octets.
account-passwords-differ = Les deux mots de passe sont différents.

# Un lien qui n’est plus valable
account-link-over = Ce lien n’est plus valable
account-link-over-head = Ce lien n’est plus valable.
account-link-over-about = Il a déjà servi, il a plus de 24 heures, ou il a été copié avec un caractère manquant. Rien n’a été changé.
account-link-over-new = Un nouveau lien s’obtient sur le serveur avec :
account-link-over-sign-in = Avec un compte : <a href="/sign-in">se connecter</a>.

# La seconde étape
account-code-title = Se connecter : le code
account-code-head = Encore une étape
account-code = Code
account-code-about = Les six chiffres qu’affiche l’application de votre téléphone, ou l’un de vos codes de secours.
account-code-go = Continuer
account-code-wrong = Ce code n’est pas juste, ou il a déjà servi.
account-code-late = Cela a pris trop de temps, ou trop de codes étaient faux. Recommencez.
account-code-lost = Ni téléphone ni code de secours ?
account-code-lost-how = Sur le serveur, toute personne qui peut lire sa base de données désactive le second facteur avec :
