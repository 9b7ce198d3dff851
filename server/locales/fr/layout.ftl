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

just-now = à l’instant
ago = il y a { $span }
under = moins de { $span }

# Pages that follow what they show
connection-lost = Connexion perdue depuis { $since }, nouvelle tentative en cours.
pause = pause
go-on = reprendre
