# Les comptes de tous, pour les administrateurs.

accounts-tab = Comptes
accounts-sentence = { $accounts ->
    [one] { $accounts } compte peut se connecter.
   *[other] { $accounts } comptes peuvent se connecter.
}
accounts-about = Un rôle dit ce que quelqu’un peut faire. Un changement vaut aussitôt.
accounts-role = Rôle
accounts-source = Se connecte par
accounts-source-local = mot de passe
accounts-source-oidc = service de connexion
accounts-source-ldap = annuaire
accounts-last-sign-in = Dernière connexion
accounts-disabled-since = désactivé depuis { $when }
accounts-new = Nouveau compte
accounts-may-viewer = Lecteur : lit
accounts-may-operator = Opérateur : s’occupe aussi des incidents et des silences, et garde des vues
accounts-may-administrator = Administrateur : tout, y compris les réglages
accounts-make = Créer le compte
accounts-make-about = Vous obtenez un lien avec lequel la personne définit le mot de passe.
accounts-taken = Il y a déjà un compte du nom de { $name }, ou d’un nom qui n’en diffère que par des majuscules, des espaces ou des caractères invisibles.
accounts-no-role = Choisissez un rôle.

# Le lien
accounts-link = Lien à usage unique
accounts-made = Le compte { $name } est créé. Donnez ce lien à la personne.
accounts-link-for = Nouveau mot de passe pour { $name } : donnez ce lien à la personne.
accounts-link-about = Il sert une seule fois et ne sera plus affiché. Qui l’a définit le mot de passe : ne l’envoyez pas là où d’autres lisent.
accounts-link-disabled = Le compte est désactivé. Activez-le d’abord.
accounts-elsewhere = Le mot de passe de ce compte n’est pas gardé ici : le service de connexion ou l’annuaire le change.

# Un compte
accounts-made-at = créé : { $when }
accounts-signed-in = connecté { $ago }
accounts-never-signed-in = personne ne s’est encore connecté
accounts-has-factor = avec un second facteur
accounts-last = C’est le dernier administrateur qui peut se connecter : il ne peut être ni désactivé, ni supprimé, ni recevoir un rôle inférieur.
accounts-keys = { $keys ->
    [one] { $keys } clé d’API créée par ce compte est valable. Elle le reste quand le compte est désactivé, supprimé ou reçoit un rôle inférieur.
   *[other] { $keys } clés d’API créées par ce compte sont valables. Elles le restent quand le compte est désactivé, supprimé ou reçoit un rôle inférieur.
}
accounts-keys-left = { $keys ->
    [one] { $keys } clé d’API créée par ce compte reste valable. Révoquez-la si personne ne doit plus s’en servir.
   *[other] { $keys } clés d’API créées par ce compte restent valables. Révoquez celles dont personne ne doit plus se servir.
}
accounts-keys-look = Voir les clés
accounts-enable = Activer
accounts-disable = Désactiver
accounts-delete = Supprimer
accounts-new-link = Lien pour un nouveau mot de passe
accounts-sessions = Connexions
accounts-no-session = Personne n’est connecté à ce compte.
accounts-sign-out = Déconnecter partout
accounts-own = C’est votre propre compte : avec un rôle inférieur, vous perdez cette page.
accounts-role-elsewhere = Le service de connexion ou l’annuaire redit le rôle à chaque connexion.
accounts-keep = Donner ce rôle

# Les hôtes que quelqu’un voit
accounts-groups = Groupes d’hôtes
accounts-groups-about = Seuls les hôtes de ces groupes sont affichés, un groupe par ligne ; vide pour tous les hôtes. Les hôtes sans groupe n’en font pas partie. Les règles de groupes se fient à ce qu’un hôte dit de lui-même. Là où l’accès en dépend, mettez les hôtes dans les groupes à la main.
accounts-groups-sees = ne voit que { $groups }
accounts-groups-none = ne voit aucun hôte
accounts-groups-all = voit tous les hôtes
accounts-groups-elsewhere = Les groupes du service de connexion ou de l’annuaire disent à chaque connexion quels hôtes sont visibles ici ; cela se change là-bas, ou dans les paramètres de ce serveur (oidc.sees, ldap.sees).
accounts-groups-keep = Garder les groupes
accounts-groups-administrator = Un administrateur voit tous les hôtes et n’est pas limité à des groupes.
accounts-groups-first = Ce compte est limité à des groupes d’hôtes. Laissez-le d’abord voir tous les hôtes, comme tout administrateur.
accounts-groups-most = Nommez { $most } groupes au plus, un par ligne ; ou laissez le champ vide pour tous les hôtes.
accounts-groups-name = Écrivez le nom de chaque groupe sur sa propre ligne, avec { $most } caractères au plus.
