# Une case pour les hôtes, les clients et les utilisateurs.

search-title = Recherche
search-found = { $hosts }, { $clients } et { $users } avec « { $text } »
search-hosts-count = { $count ->
    [one] { $count } hôte
   *[other] { $count } hôtes
}
search-hosts-more-than = plus de { $count } hôtes
search-clients-count = { $count ->
    [one] { $count } client
   *[other] { $count } clients
}
search-clients-more-than = plus de { $count } clients
search-users-count = { $count ->
    [one] { $count } utilisateur
   *[other] { $count } utilisateurs
}
search-users-more-than = plus de { $count } utilisateurs
search-field = Hôte, client ou utilisateur
search-about = Une partie du nom suffit : celui d’un hôte, de l’ordinateur qui s’y connecte ou de qui l’utilise.
search-only = Vous trouvez les hôtes que vous voyez, et les clients et utilisateurs qui s’y sont connectés pendant les { $days } derniers jours.
search-all = Tous
search-all-ranked = Tous, par heures de session
search-none = Aucun.
