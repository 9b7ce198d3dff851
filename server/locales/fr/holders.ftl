# Clients et utilisateurs : le classement, et l’un d’eux.

# Le classement
holders-none = Aucun { $kind ->
    [client] client
   *[user] utilisateur
} n’a détenu de session { $scope ->
    [host] sur { $place } pendant { $over }.
    [group] dans le groupe { $place } pendant { $over }.
    [seen] sur les hôtes que vous voyez pendant { $over }.
   *[fleet] pendant { $over }.
}
holders-few = { $kind ->
    [client] { $all ->
        [one] { $all } client a
       *[other] { $all } clients ont
    }
   *[user] { $all ->
        [one] { $all } utilisateur a
       *[other] { $all } utilisateurs ont
    }
} détenu { $hours } { $hours ->
    [one] heure
   *[other] heures
} de session { $scope ->
    [host] sur { $place } pendant { $over }.
    [group] dans le groupe { $place } pendant { $over }.
    [seen] sur les hôtes que vous voyez pendant { $over }.
   *[fleet] pendant { $over }.
}
holders-many = { $leaders } { $kind ->
    [client] clients
   *[user] utilisateurs
} sur { $all } détiennent { $share } des heures de session { $scope ->
    [host] sur { $place } pendant { $over }.
    [group] dans le groupe { $place } pendant { $over }.
    [seen] sur les hôtes que vous voyez pendant { $over }.
   *[fleet] pendant { $over }.
}
holders-until-now = depuis { $from }
holders-observed = { $hosts ->
    [one] { $hosts } hôte observé
   *[other] { $hosts } hôtes observés
}
holders-complete = décompte complet jusqu’à { $at }{ $late ->
    [0] {""}
    [one]  ; { $late } heure antérieure d’un hôte est encore attendue
   *[other]  ; { $late } heures antérieures de certains hôtes sont encore attendues
}
holders-none-yet = Les détenteurs apparaissent ici quelques minutes après le premier rapport d’un hôte.
holders-look-further = Voir <a href="{ $href }">30 jours</a>.
holders-no-agent = Pas encore d’agent ? <a href="/settings/tokens">Créer un jeton</a>.
holders-ranking = Classement
holders-rank-by = Classer par
holders-name-client = Nom du client
holders-name-user = Nom de l’utilisateur
holders-name-has = <span>Nom contenant</span> { $text }
holders-on-host = <span>Sur</span> { $host }
holders-in-group = <span>Groupe</span> { $group }
holders-none-like-that = Aucun { $kind ->
    [client] client
   *[user] utilisateur
} correspondant n’a détenu de session pendant { $over }.
holders-column-client = Client
holders-column-user = Utilisateur
holders-measure-session-hours = Heures de session
holders-measure-peak = Pic de sessions
holders-measure-opens = Ouvertures
holders-measure-idle = Inactivité
holders-measure-zero-open = Sans fichier
holders-measure-blame = En cause
holders-measure-hosts = Hôtes
holders-before-1h = vs heure précédente
holders-before-24h = vs veille
holders-before-7d = vs semaine précédente
holders-before-30d = vs 30 jours précédents
holders-before-90d = vs 90 jours précédents
holders-before-1y = vs année précédente
holders-trend-new = nouveau
holders-trend-same = stable
holders-over-time = Sessions dans le temps
holders-spark = Sessions de { $name } dans le temps, pic { $peak }
holders-spark-on = Sessions sur { $host } dans le temps, pic { $peak }
holders-opens-at-most = Ouvertures au plus
holders-idle-share = Part inactive
holders-zero-open-share = Part sans fichier ouvert
holders-no-blame = jamais
holders-blame-about = En cause : minutes de présence pendant qu’un hôte était plein. Une présence, pas une preuve. Un tiret : la source de l’hôte ne le sait pas.

# Un client ou un utilisateur
holders-one-client = client
holders-one-user = utilisateur
holders-held-none = Aucune session détenue pendant { $over }.
holders-held-none-seen = Aucune session détenue sur les hôtes que vous voyez pendant { $over }.
holders-held-on = { $hours } h de session sur { $host } pendant { $over } ; au plus { $peak ->
    [one] { $peak } session
   *[other] { $peak } sessions
} à la fois.
holders-held-on-hosts = { $hours } h de session sur { $hosts ->
    [one] { $hosts } hôte
   *[other] { $hosts } hôtes
} pendant { $over } ; au plus { $peak ->
    [one] { $peak } session
   *[other] { $peak } sessions
} à la fois, tous hôtes confondus.
holders-held-on-seen = { $hours } h de session sur { $hosts } des hôtes que vous voyez pendant { $over } ; au plus { $peak ->
    [one] { $peak } session
   *[other] { $peak } sessions
} à la fois sur l’un d’eux.
holders-host-gone = hôte { $id }
holders-peak-at = pic : { $at }
holders-first-seen = première fois dans cette période : { $at }
holders-last-seen = dernière fois : { $at }
holders-present = présent { $span } pendant qu’un hôte était plein
holders-chart-about = moyenne des sessions par intervalle, tous hôtes confondus ; au plus { $top } ; décompte complet jusqu’à { $at }
holders-chart-empty = Rien pour l’instant. Les heures sont décomptées quelques minutes après leur fin.
holders-on-which = Sur quels hôtes
holders-in-range = pendant { $over }
holders-hours = Heures
holders-on-no-host = Sur aucun pendant { $over }.
holders-peak = Pic
holders-left-out = { $hosts ->
    [one] { $hosts } autre hôte n’est pas listé.
   *[other] { $hosts } autres hôtes ne sont pas listés.
}
holders-now = Maintenant
holders-now-none = Aucune session en ce moment.
holders-now-first = Les 100 premières sur { $count }.
holders-with = Avec { $kind ->
    [client] { $count ->
        [one] { $count } client
       *[other] { $count } clients
    }
   *[user] { $count ->
        [one] { $count } utilisateur
       *[other] { $count } utilisateurs
    }
} :
holders-and-more = et { $count } de plus
holders-age = Âge
holders-idle = Inactivité
holders-everything = Tout ce qui est conservé sous ce nom (zip)
holders-everything-about = Pour une personne qui demande ce qui est conservé à son sujet. Cela peut prendre des minutes, et le journal d’audit en garde la trace.
