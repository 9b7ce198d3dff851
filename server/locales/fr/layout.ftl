# Ce qu’a chaque page.

skip = Aller au contenu
demo = Démo
demo-about = Un parc simulé : hôtes, clients et utilisateurs sont inventés, le chemin de l’agent à la page est le vrai.
main-navigation = Principale
nav-fleet = Parc
nav-clients = Clients
nav-users = Utilisateurs
nav-events = Événements
nav-findings = Constats
nav-settings = Réglages
seek = Rechercher des hôtes, des clients et des utilisateurs
seek-short = Rechercher
theme = Thème : { $theme }
theme-change = Thème : { $theme }. Passer à { $next }
theme-system = système
theme-light = clair
theme-dark = sombre
sign-out = Se déconnecter
your-account = Votre compte
times-in = Heures en { $zone }
only-groups = Seuls les hôtes de ces groupes : { $groups }

just-now = à l’instant
ago = il y a { $span }
under = moins de { $span }

# Niveaux des hôtes
level-full = Plein
level-silent = Muet
level-watch = 80 % ou plus
level-calm = Calme
level-unlimited = Sans limite
level-unknown = Limite inconnue

# Qui n’a pas de nom
anonymous = (anonyme)

# Parties qui se mettent à jour d’elles-mêmes
connection-lost = Connexion perdue depuis { $since }, nouvelle tentative en cours.
waits = De nouveaux chiffres attendent tant que vous utilisez cette partie de la page.
waits-page = Il y a du nouveau sur cette page. Rechargez-la pour le voir.
updates-itself = Mise à jour automatique
pause = suspendre

# Les listes : filtres et pages
list-show = Afficher
list-remove = Retirer
list-back = Précédent
list-next = Suivant
list-range = Période
list-host = Hôte
list-all-hosts = Tous les hôtes
list-group = Groupe
list-all-groups = Tous les groupes
list-hosts = { $hosts ->
    [one] { $hosts } hôte
   *[other] { $hosts } hôtes
}
list-part = { $first }–{ $last } sur { $all }
list-pages = Pages
