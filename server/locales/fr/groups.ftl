# Groupes d’hôtes : la page des règles, et ce que la page d’un hôte dit de son groupe.

groups-tab = Groupes
groups-title = Groupes
groups-no-host = Aucun hôte n’est encore inscrit.
groups-none-grouped = { $hosts ->
    [one] Le seul hôte n’est dans aucun groupe.
   *[other] Aucun des { $hosts } hôtes n’est dans un groupe.
}
groups-all-grouped = { $grouped ->
    [one] { $grouped } hôte est dans { $groups ->
        [one] { $groups } groupe.
       *[other] { $groups } groupes.
    }
   *[other] { $grouped } hôtes sont dans { $groups ->
        [one] { $groups } groupe.
       *[other] { $groups } groupes.
    }
}
groups-some-grouped = { $grouped ->
    [one] { $grouped } hôte est dans { $groups ->
        [one] { $groups } groupe
       *[other] { $groups } groupes
    } ; { $rest ->
        [one] { $rest } n’est dans aucun.
       *[other] { $rest } ne sont dans aucun.
    }
   *[other] { $grouped } hôtes sont dans { $groups ->
        [one] { $groups } groupe
       *[other] { $groups } groupes
    } ; { $rest ->
        [one] { $rest } n’est dans aucun.
       *[other] { $rest } ne sont dans aucun.
    }
}
groups-order = Un groupe choisi à la main l’emporte, puis la première règle qui correspond, puis le groupe du jeton d’inscription de l’hôte. Les règles de groupes se fient à ce qu’un hôte dit de lui-même. Là où l’accès en dépend, mettez les hôtes dans les groupes à la main.
groups-hosts = { $hosts ->
    [one] { $hosts } hôte
   *[other] { $hosts } hôtes
}

# Règles
groups-rules = Règles
groups-rules-sub = la première qui correspond décide
groups-no-rule = Aucune. Chaque hôte a le groupe de son jeton, ou celui qui a été choisi à la main.
groups-hosts-with = Hôtes avec
groups-group = Groupe
groups-decides = Décide pour
groups-change = Modifier
groups-rule = Règle { $place }
groups-made = créée { $when } par { $by }
groups-up = Monter
groups-down = Descendre
groups-delete = Supprimer
groups-like-name = nom conforme à { $pattern }
groups-like-subnet = adresse dans { $pattern }
groups-like-domain = domaine { $pattern } ou un sous-domaine
groups-like-os = système conforme à { $pattern }
groups-rule-gone = Cette règle n’existe plus, ou elle a changé de place entre-temps. Regardez à nouveau les règles.

# Nouvelle règle
groups-new = Nouvelle règle
groups-look-at = Examiner
groups-kind-name = Nom
groups-kind-subnet = Adresse
groups-kind-domain = Domaine
groups-kind-os = Système d’exploitation
groups-for = Chercher
groups-for-hint = Noms : <code>*</code> remplace n’importe quel texte, <code>?</code> un caractère, <code>#</code> un chiffre. Adresses : une plage comme 10.20.0.0/16. Un domaine compte avec ceux qui sont au-dessous. Systèmes : leur début, ou avec <code>*</code>.
groups-into = Les mettre dans
groups-into-hint = Un groupe existant ou un nouveau.
groups-try = Voir ce qu’elle ferait
groups-mistake-group = Saisissez le nom d’un groupe, avec { $longest } caractères au plus.
groups-mistake-kind = Choisissez ce que la règle examine : le nom de l’hôte, ses adresses, son domaine ou son système.
groups-mistake-pattern = Saisissez ce qu’il faut chercher, avec { $longest } caractères au plus.
groups-mistake-subnet = « { $typed } » n’est pas une plage d’adresses. Saisissez une plage comme 10.20.0.0/16 ou 2001:db8::/32.
groups-too-many-rules = Il y a { $most } règles, le maximum permis. Supprimez-en d’abord une.

# Ce qu’elle ferait
groups-preview = Ce que ferait la nouvelle règle
groups-preview-none = Aucun hôte ne correspond pour l’instant. Un hôte qui s’inscrit ou qui change plus tard pourra correspondre.
groups-preview-some = { $matching ->
    [one] { $matching } hôte correspond ; { $moving ->
        [one] { $moving } passerait dans <b>{ $group }</b>.
       *[other] { $moving } passeraient dans <b>{ $group }</b>.
    }
   *[other] { $matching } hôtes correspondent ; { $moving ->
        [one] { $moving } passerait dans <b>{ $group }</b>.
       *[other] { $moving } passeraient dans <b>{ $group }</b>.
    }
}
groups-host = Hôte
groups-now = Groupe actuel
groups-then = Ensuite
groups-then-moves = change de groupe
groups-then-is-there = y est déjà
groups-then-by-hand = reste : choisi à la main
groups-then-by-rule = reste : une règle antérieure correspond
groups-in-none = aucun
groups-more = { $more ->
    [one] { $more } de plus n’est pas affiché.
   *[other] { $more } de plus ne sont pas affichés.
}
groups-keep = Enregistrer
groups-leave = Y renoncer

# Les groupes existants
groups-list = Groupes
groups-none-yet = Aucun pour l’instant.
groups-hosts-in-none = { $hosts ->
    [one] { $hosts } hôte sans groupe
   *[other] { $hosts } hôtes sans groupe
}
groups-by-hand-so-many = { $hosts } à la main
groups-by-rule-so-many = { $hosts } par règle
groups-by-token-so-many = { $hosts } par jeton

# Hôtes à la main
groups-of-hosts = Hôtes
groups-of-hosts-sub = à mettre dans un groupe à la main
groups-search = Nom, groupe ou système
groups-all-groups = Tous les groupes
groups-in-no-group = sans groupe
groups-show = Afficher
groups-all-hosts = Tous les hôtes
groups-no-host-like-that = Aucun hôte ne correspond.
groups-system = Système
groups-unknown = inconnu
groups-by-hand = à la main
groups-by-rule = par règle
groups-by-token = par son jeton
groups-by-this-rule = par la règle { $place } : { $rule }
groups-found = { $hosts ->
    [one] le seul que la recherche a trouvé
   *[other] les { $hosts } que la recherche a trouvés
}
groups-put = Les y mettre à la main
groups-release = Revenir aux règles
groups-back = Précédent
groups-next = Suivant
groups-pages = Pages
groups-from-to = { $from }–{ $to } sur { $all }
groups-choose-hosts = Choisissez d’abord les hôtes.
groups-found-others = { $hosts ->
    [one] La recherche trouve maintenant { $hosts } hôte. Regardez à nouveau.
   *[other] La recherche trouve maintenant { $hosts } hôtes. Regardez à nouveau.
}

# Sur la page d’un hôte
groups-set-by = { $when }, { $by }
groups-change-one = Changer de groupe
groups-put-one = L’y mettre à la main
groups-one-hint = Le choix à la main l’emporte sur toute règle.
groups-to-rules = Règles des groupes
