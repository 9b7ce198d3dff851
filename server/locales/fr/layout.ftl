# Ce qu’a chaque page.

skip = Aller au contenu
demo = Démo
demo-about = Un parc simulé : hôtes, clients et utilisateurs sont inventés, le chemin de l’agent à la page est le vrai.
main-navigation = Principale
nav-fleet = Parc
nav-clients = Clients
nav-users = Utilisateurs
nav-events = Événements
nav-findings = Constats
nav-settings = Réglages
seek = Chercher hôtes, clients et utilisateurs
seek-short = Chercher
theme = Thème : { $theme }
theme-change = Thème : { $theme }. Passer à { $next }
theme-system = système
theme-light = clair
theme-dark = sombre
sign-out = Se déconnecter
times-in = Heures en { $zone }

just-now = à l’instant
ago = il y a { $span }
under = moins de { $span }

# Niveaux des hôtes
level-full = Plein
level-silent = Muet
level-watch = Plus de 80 %
level-calm = Calme
level-unlimited = Sans limite
level-unknown = Limite inconnue

# Qui n’a pas de nom
anonymous = (anonyme)

# Parties qui se mettent à jour d’elles-mêmes
connection-lost = Connexion perdue depuis { $since }, nouvelle tentative en cours.
updates-itself = Mise à jour automatique
pause = suspendre
go-on = reprendre

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
