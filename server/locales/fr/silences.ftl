# Silences et fenêtres de maintenance : quand personne n’est prévenu de nouveaux incidents.

silences-tab = Silences
silences-title = Silences
silences-lead-none = Aucun silence n’est en vigueur.
silences-lead-coming = Rien n’est en sourdine à présent ; { $coming ->
    [one] { $coming } silence est à venir.
   *[other] { $coming } silences sont à venir.
}
silences-lead = { $now ->
    [one] { $now } silence est en vigueur
   *[other] { $now } silences sont en vigueur
} ; { $coming ->
    [0] aucun n’est à venir.
    [one] { $coming } est à venir.
   *[other] { $coming } sont à venir.
}
silences-lead-some-none = Aucun silence propre à vos groupes ou à leurs hôtes n’est en vigueur.
silences-lead-some-coming = Aucun silence propre à vos groupes ou à leurs hôtes n’est en vigueur ; { $coming ->
    [one] { $coming } silence est à venir.
   *[other] { $coming } silences sont à venir.
}
silences-about = Les incidents qui s’ouvrent pendant un silence sont listés et gardés comme tous les autres, mais personne n’est prévenu. À sa fin, ceux qui sont encore ouverts sont annoncés.
silences-about-only = La liste contient ceux des groupes que vous voyez et de leurs hôtes : { $groups }. Un silence de tous les hôtes est signalé sur la page de chaque hôte.
silences-list = Silences et fenêtres de maintenance
silences-state = État
silences-state-now = en vigueur
silences-state-coming = à venir
silences-state-past = terminé
silences-never = ne vient jamais
silences-whom = Pour
silences-whom-host = { $host }
silences-whom-group = groupe { $group }
silences-whom-all = tous les hôtes
silences-any-kind = tous les types
silences-when = Quand
silences-reason = Raison
silences-made = { $by }, { $when }
silences-maintenance = maintenance
silences-once = { $from } – { $until }
silences-weekly = chaque semaine, { $from_day } { $from } – { $until_day } { $until } ({ $zone })
silences-until = jusqu’à { $until }
silences-next = prochain { $from }
silences-none = Aucun silence pour l’instant.
silences-none-only = Aucun silence propre à vos groupes ou à leurs hôtes pour l’instant.
silences-past-left-out = Les plus anciens sont dans les fichiers.
silences-do = Mettre en sourdine
silences-do-host = Mettre cet hôte en sourdine
silences-do-end = Y mettre fin
silences-do-delete = Supprimer
silences-end-of = { $what } : { $reason }

# Sur les pages des hôtes et des incidents
silences-in-force = En sourdine jusqu’à { $until } ({ $kind }), par { $by } : { $reason }

# Un nouveau
silences-new = Nouveau silence
silences-what = De quoi il s’agit
silences-what-maintenance = Maintenance prévue
silences-what-quiet = Du calme pour un moment
silences-host = Hôte
silences-host-hint = Le nom entier ; vide pour les hôtes d’un groupe, ou pour tous.
silences-another-host = Un autre hôte, un groupe ou tous
silences-another-only = Un autre hôte ou un groupe
silences-host-hint-only = Le nom entier d’un hôte que vous voyez ; vide pour les hôtes d’un groupe.
silences-group = Groupe
silences-group-hint = Vide pour un seul hôte, ou pour tous.
silences-group-hint-only = Un de ceux que vous voyez ; vide pour un seul hôte.
silences-kind = Type d’incident
silences-from = De
silences-until-field = Jusqu’à
silences-zone = Fuseau horaire de ces heures
silences-weekly-field = Chaque semaine à ces heures
silences-weekly-hint = Revient chaque semaine à l’heure locale, même quand l’heure change. Les heures ci-dessus sont celles du premier ; six jours au plus.
silences-reason-hint = Ce que lisent ceux qui se demandent pourquoi ils n’ont pas été prévenus.
silences-keep = Mettre en sourdine
silences-open-hint = Les incidents déjà ouverts restent comme ils sont.
silences-wrong-both = Saisissez un hôte ou un groupe, pas les deux.
silences-wrong-host = Il n’y a pas d’hôte « { $host } ». Saisissez le nom entier d’un hôte, ou rien.
silences-several-hosts = Plusieurs hôtes s’appellent « { $host } ». Ouvrez la page de celui que vous voulez et choisissez-y « Mettre cet hôte en sourdine ».
silences-wrong-group = « Groupe » prend une ligne de { $longest } caractères au plus.
silences-wrong-only = Vos silences sont ceux des groupes que vous voyez et de leurs hôtes : saisissez un de ces groupes ({ $groups }), ou le nom d’un hôte.
silences-wrong-fleet = « La plupart des hôtes muets » concerne tout le parc : ne saisissez ni hôte ni groupe.
silences-wrong-zone = « { $zone } » n’est pas un fuseau horaire. Saisissez un nom comme Europe/Paris ou UTC.
silences-wrong-from = « De » vaut « { $text } » ; saisissez un jour et une heure comme 2026-11-30T22:00.
silences-wrong-until = « Jusqu’à » vaut « { $text } » ; saisissez un jour et une heure comme 2026-11-30T22:00.
silences-wrong-order = « Jusqu’à » doit être après « De ».
silences-wrong-over = « Jusqu’à » est déjà passé. Saisissez une heure encore à venir.
silences-wrong-length = Un silence peut durer { $days } jours au plus.
silences-wrong-week = Un silence qui revient chaque semaine peut durer 6 jours au plus : saisissez la fin du premier.
silences-wrong-reason = « Raison » prend une ligne de { $longest } caractères au plus, et pas aucun.
silences-too-many = Il y a { $most } silences, le maximum permis. Supprimez-en d’abord un.
silences-gone = Ce silence est terminé ou a été supprimé. Regardez à nouveau les silences.
