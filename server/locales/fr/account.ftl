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

account-sign-in-with = Se connecter avec { $provider }
account-or-here = Ou avec un nom et un mot de passe :
account-directory = Le nom et le mot de passe que vous avez dans l’entreprise sont valables ici aussi.

# Se connecter par l’annuaire de l’entreprise : pourquoi pas
account-outside-password-expired = Votre mot de passe doit d’abord être changé. Faites-le sur un ordinateur de l’entreprise, puis revenez.
account-outside-role = Vous êtes connu, mais aucun de vos groupes n’a accès ici. Demandez-en un à votre administrateur.
account-outside-unreachable = L’annuaire de l’entreprise ne répond pas. Réessayez dans une minute. Les comptes propres à ce serveur fonctionnent toujours.
account-outside-unsafe = L’annuaire de l’entreprise ne peut pas être contacté de façon sûre. Prévenez votre administrateur : le journal de ce serveur dit pourquoi.
account-outside-settings = Les paramètres de ce serveur ne correspondent pas à l’annuaire de l’entreprise. Prévenez votre administrateur : le journal de ce serveur dit pourquoi.
account-outside-several = L’annuaire a plus d’une entrée de ce nom. Prévenez votre administrateur : le filtre des utilisateurs doit être plus strict.
account-outside-unnamed = L’annuaire ne montre pas ce qui rend ce compte reconnaissable demain. Prévenez votre administrateur : le journal de ce serveur dit ce qui manque.
account-outside-elsewhere = L’annuaire renvoie vers un autre, qui n’est pas interrogé. Prévenez votre administrateur : le journal de ce serveur dit lequel.
account-outside-groups = Vous êtes dans plus de groupes qu’il n’a pu en être transmis : on ne sait pas ce qui vous est permis. Prévenez votre administrateur : le journal de ce serveur dit quoi changer.
account-outside-busy = Beaucoup de personnes se connectent en ce moment. Réessayez dans quelques secondes.
account-outside-over = Cette connexion n’est plus valable : elle a déjà servi, ou elle a pris plus de dix minutes. Recommencez.
account-outside-foreign = Cette connexion a été commencée dans un autre navigateur, ou à une autre adresse de ce serveur. Recommencez à { $address }.
account-outside-declined = { $provider } ne vous a pas laissé entrer. Réessayez, ou demandez-y la raison.
account-outside-proof = La réponse de { $provider } ne prouve pas qui vous êtes : { $reason }. Rien n’a été changé. Réessayez ; si cela persiste, prévenez votre administrateur.
account-outside-weak = Vous ne vous êtes pas connecté auprès de { $provider } aussi fortement que ce serveur l’exige, par exemple avec un second facteur. Recommencez, et choisissez le moyen le plus fort si { $provider } en propose un. S’il ne demande rien de plus, prévenez votre administrateur : { $provider } demande trop peu, ou le paramètre { $setting } trop ; le journal de ce serveur dit ce qui manquait.
account-proof-form = elle est illisible
account-proof-algorithm = elle est signée d’une façon qui n’est pas admise
account-proof-key = aucune de ses clés publiées ne l’a signée
account-proof-signature = sa signature est fausse
account-proof-issuer = un autre fournisseur l’a émise
account-proof-audience = elle est destinée à un autre programme
account-proof-expired = elle a expiré
account-proof-clock = elle n’est pas de maintenant, à moins qu’une horloge ne soit fausse
account-proof-nonce = elle répond à une autre connexion

# Se déconnecter là aussi
account-signed-out = Vous êtes déconnecté
account-signed-out-about = Vous êtes déconnecté de Highwater. { $provider } est maintenant prié de vous déconnecter aussi.
account-signed-out-go = Continuer vers { $provider }

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
account-password-guessed = Ce mot de passe fait partie des premiers que l’on devine : il est courant, ou fait d’un mot courant, d’un nom, d’une date ou de touches voisines. Prenez trois ou quatre mots sans rapport entre eux, ou laissez un gestionnaire de mots de passe en créer un.
account-password-known = Ce mot de passe est connu : il figure dans une liste de mots de passe volés ailleurs, et c’est par elle que l’on commence pour en deviner. Prenez-en un autre, que vous n’utilisez nulle part ailleurs, et changez celui-ci partout où vous l’utilisez.
account-password-unasked = Aucun nouveau mot de passe ne peut être accepté pour le moment : la liste des mots de passe connus ne peut pas être lue. Rien n’a été changé. Prévenez un administrateur de ce serveur : le paramètre { $key } nomme le fichier, et le journal du serveur dit ce qui ne va pas.
account-passwords-differ = Les deux mots de passe sont différents.

# Un lien qui n’est plus valable
account-link-over = Ce lien n’est plus valable
account-link-over-head = Ce lien n’est plus valable.
account-link-over-about = Il a déjà servi, il a plus de 24 heures, ou il a été copié avec un caractère manquant. Rien n’a été changé.
account-link-over-new = Un nouveau lien s’obtient sur le serveur avec :
account-link-over-sign-in = Avec un compte : <a href="/sign-in">se connecter</a>.

# La seconde étape
account-code-title = Se connecter : le code
account-code-head = Encore une étape
account-code = Code
account-code-about = Les six chiffres qu’affiche l’application de votre téléphone, ou l’un de vos codes de secours.
account-code-go = Continuer
account-code-wrong = Ce code n’est pas juste, ou il a déjà servi.
account-too-many-codes = Trop de codes faux pour ce compte, ici ou ailleurs. Attendez { $secs ->
    [one] { $secs } seconde
   *[other] { $secs } secondes
}, ou prenez un code de secours.
account-code-late = Cela a pris trop de temps, ou trop de codes étaient faux. Recommencez.
account-code-lost = Ni téléphone ni code de secours ?
account-code-lost-how = Sur le serveur, toute personne qui peut lire sa base de données désactive le second facteur avec :
