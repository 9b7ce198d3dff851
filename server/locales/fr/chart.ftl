# Ce qui est écrit sur les graphiques, et ce qu’ils montrent en toutes lettres.

chart-no-data = pas de données
chart-full = plein
chart-silent = muet
chart-no-limit = sans limite
chart-limit-unknown = limite inconnue
chart-up-to = jusqu’à { $share }
chart-from-to = { $from } à { $to } : { $what }
chart-stretch = { $from } à { $to }
chart-others = autres
chart-others-held = { $held } { $sessions ->
    [one] autre
   *[other] autres
}
chart-lane-events = évén.
chart-lane-full = plein
chart-lane-cut = Tous les événements ne sont pas dessinés : parmi ceux de limite, de mémoire et de paramètres, puis parmi tous les autres, seuls les { $most } derniers le sont. <a href="{ $href }">Tous les événements de cette période</a>

# Un hôte
chart-of = { $sessions } sur { $limit }
chart-sessions = { $sessions ->
    [one] { $sessions } session
   *[other] { $sessions } sessions
}
chart-limit = limite { $limit }
chart-limit-above = limite { $limit } ↑
chart-limit-changed = limite { $before } → { $now }
chart-limit-none = aucune
chart-limit-not-known = inconnue
chart-watched-since = surveillé depuis { $at }
chart-without-data = { $span } sans données
chart-without-data-because = { $span } sans données : { $why }
chart-event = { $at } { $code } { $provider } sur { $host }
chart-events = { $at } { $code } { $provider } sur { $host } et { $others } de plus tout près
chart-nothing = rien n’a été observé
chart-at-most = au plus { $sessions } ({ $at })
chart-at-most-of = au plus { $sessions } sur { $limit } ({ $at })
chart-full-for = plein pendant { $span }
chart-no-data-from = pas de données de { $from } à { $to }
chart-stretches = { $count } périodes sans données
chart-before-at-most = la semaine précédente au plus { $sessions }
chart-sessions-over = Sessions sur { $name } pendant { $span } : { $what }.

# Le parc
chart-max = max. { $share }
chart-p95 = p95 { $share }
chart-median = médiane { $share }
chart-spread = max. { $max }, p95 { $p95 }, médiane { $median }
chart-full-lane = { $from } à { $to } : jusqu’à { $hosts ->
    [one] { $hosts } hôte plein
   *[other] { $hosts } hôtes pleins
}
chart-hosts-full = { $hosts ->
    [one] { $hosts } hôte plein
   *[other] { $hosts } hôtes pleins
}
chart-hosts-watched = { $hosts ->
    [one] { $hosts } hôte
   *[other] { $hosts } hôtes
} à 80 % ou plus
chart-hosts-silent = { $hosts ->
    [one] { $hosts } hôte muet
   *[other] { $hosts } hôtes muets
}
chart-nothing-over = Aucun hôte de limite connue n’a été observé pendant { $span }.
chart-bands = Saturation maximale, 95e centile et médiane pendant { $span } ; maintenant : { $now }.
chart-bands-and-full = Saturation maximale, 95e centile et médiane pendant { $span } ; maintenant : { $now } ; au moins un hôte était plein pendant { $full }.
chart-strip = { $name } : { $highest }
chart-strip-with-holes = { $name } : { $highest } ; { $holes ->
    [one] { $holes } intervalle
   *[other] { $holes } intervalles
} sur { $steps } sans données

# Les détenteurs
chart-as-table = Afficher en tableau
chart-when = Début
chart-what = Sessions
chart-nobody = Personne ne détenait de session.
chart-held-by = Sessions par client : { $first } en détenait le plus, jusqu’à { $most }.
chart-held-by-and = Sessions par client : { $first } en détenait le plus, jusqu’à { $most } ; puis { $rest }.

# Les âges
chart-length = Durée
chart-age = Âge
chart-idle = Inactive depuis
chart-under = moins de { $to }
chart-between = { $from } à { $to }
chart-and-more = { $from } et plus
chart-histogram = Âge et inactivité des sessions

# Les périodes : sur un bouton, dans une phrase, et la longueur de leurs pas
range-1h = 1 h
range-24h = 24 h
range-7d = 7 j
range-30d = 30 j
range-90d = 90 j
range-1y = 1 an
over-1h = la dernière heure
over-24h = les 24 dernières heures
over-7d = les 7 derniers jours
over-30d = les 30 derniers jours
over-90d = les 90 derniers jours
over-1y = la dernière année
step-hour = heure
step-day = jour

# A stretch that was chosen
chart-zoom = Période
chart-zoom-earlier = Plus tôt
chart-zoom-out = Zoom arrière
chart-zoom-in = Zoom avant
chart-zoom-later = Plus tard
chart-zoom-over = la période de { $from } à { $to }
chart-mean = sessions : { $sessions }
chart-over-time = Au fil du temps

# Charts as files
chart-file = Ce graphique en fichier :
chart-file-span = du { $from } au { $to }, { $zone }
chart-title-sessions = { $name } : sessions et limite
chart-title-holders = { $name } : qui détenait les sessions
chart-title-fleet = Saturation du parc
chart-title-worst = Hôtes les plus chargés, selon le temps passé à la limite
chart-title-held = { $name } : moyenne des sessions, tous hôtes confondus
chart-legend-sessions = sessions
chart-legend-mean = sessions en moyenne
chart-legend-limit = limite
chart-legend-watched = 80 % de la limite
chart-legend-over-80 = 80 % ou plus
chart-legend-before = la semaine précédente
chart-legend-capacity = événement de capacité
chart-legend-memory = événement de mémoire
chart-legend-changed = changement
chart-legend-other = autre événement
chart-legend-max = maximum
chart-legend-p95 = 95e centile
chart-legend-median = médiane
chart-legend-upper = du 95ᵉ centile au maximum
chart-legend-lower = de la médiane au 95ᵉ centile
chart-legend-some-full = au moins un hôte plein
chart-legend-from = { $share } ou plus
