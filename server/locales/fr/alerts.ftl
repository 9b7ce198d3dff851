# Règles des incidents : quand chaque type s’ouvre et se ferme.

alerts-tab = Règles des incidents
alerts-title = Règles des incidents
alerts-lead = { $rules ->
    [one] { $rules } règle ouvre des incidents.
   *[other] { $rules } règles ouvrent des incidents.
}
alerts-lead-off = { $rules ->
    [one] { $rules } règle ouvre des incidents
   *[other] { $rules } règles ouvrent des incidents
} ; { $off ->
    [one] { $off } d’entre elles est désactivée.
   *[other] { $off } d’entre elles sont désactivées.
}
alerts-about = Un groupe suit la règle de tous les hôtes tant qu’il n’a pas la sienne.
alerts-rules = Règles
alerts-rules-sub = une de chaque type, et celles des groupes
alerts-kind = Type
alerts-tells = Quand
alerts-changed = Modifiée
alerts-change = Modifier
alerts-built-in = fournie avec Highwater
alerts-for-all = tous les hôtes
alerts-for-fleet = tout le parc
alerts-for-group = groupe { $group }
alerts-for-a-group = pour un groupe
alerts-do-change = Modifier
alerts-do-on = Activer
alerts-do-off = Désactiver
alerts-do-delete = Supprimer : revenir à la règle de tous
alerts-do-group = Pour un groupe

# Une règle en mots
alerts-both = { $opens } { $closes }
alerts-off = Désactivée : elle n’ouvre rien.
alerts-opens-level = S’ouvre quand { $open_at } de la limite sont atteints dans { $looks ->
    [one] { $looks } relevé.
   *[other] { $looks } relevés de suite.
}
alerts-opens-lasting = S’ouvre quand { $open_at } de la limite sont atteints dans { $looks ->
    [one] { $looks } relevé
   *[other] { $looks } relevés de suite
}, pendant au moins { $open }.
alerts-opens-share = S’ouvre quand un partage est à { $open_at } de sa propre limite.
alerts-opens-silent = S’ouvre quand un relevé se fait attendre depuis { $open }.
alerts-opens-pipeline = S’ouvre quand les relevés d’au moins la moitié des hôtes, et d’au moins trois, se font attendre depuis { $open }.
alerts-opens-at-once-silent = S’ouvre dès qu’un relevé se fait attendre.
alerts-opens-at-once-pipeline = S’ouvre dès que les relevés d’au moins la moitié des hôtes, et d’au moins trois, se font attendre.
alerts-opens-capacity = S’ouvre quand le serveur journalise que quelque chose manque, alors que l’hôte n’est pas à sa limite.
alerts-opens-leak = S’ouvre avec le constat qu’un client ouvre des sessions et ne les ferme pas (CLI-01).
alerts-opens-flood = S’ouvre quand les sessions ou les clients augmentent bien plus vite que l’hôte ne l’a jamais vu, ou que le serveur le journalise.
alerts-closes-level = Se ferme quand il est resté à { $close_at } ou au-dessous pendant { $close }.
alerts-closes-level-at-once = Se ferme dès qu’il est à { $close_at } ou au-dessous.
alerts-closes-share = Se ferme dès qu’il est à { $close_at } ou au-dessous.
alerts-closes-silent = Se ferme quand l’hôte donne de nouveau signe de vie.
alerts-closes-pipeline = Se ferme quand un quart des hôtes au plus se fait attendre.
alerts-closes-quiet = Se ferme après { $close } de calme.
alerts-closes-quiet-at-once = Se ferme au relevé suivant.
alerts-closes-leak = Se ferme avec le constat.

# Le formulaire
alerts-group = Groupe
alerts-group-hint = Les hôtes de ce groupe suivent cette règle au lieu de celle de tous les hôtes.
alerts-on = Cette règle est activée
alerts-open-at = S’ouvre à
alerts-close-at = Se ferme à
alerts-percent-hint = Pour cent entiers de la limite, de 1 à { $most }.
alerts-lower-hint = Pour cent entiers, moins que l’autre.
alerts-looks = Relevés de suite
alerts-looks-hint = De 1 à { $most }. Un hôte est relevé toutes les 5 à 60 secondes, d’autant plus souvent qu’il est plein.
alerts-open-minutes = S’ouvre après, en minutes
alerts-close-minutes = Se ferme après, en minutes
alerts-minutes-hint = De 0 à { $most }.
alerts-keep = Enregistrer
alerts-leave = Annuler
alerts-wrong-open-at = « S’ouvre à » vaut « { $text } » ; saisissez un pour cent entier de { $least } à { $most }.
alerts-wrong-close-at = « Se ferme à » vaut « { $text } » ; saisissez un pour cent entier de { $least } à { $most }.
alerts-wrong-looks = « Relevés de suite » vaut « { $text } » ; saisissez un nombre de { $least } à { $most }.
alerts-wrong-open-minutes = « S’ouvre après » vaut « { $text } » ; saisissez des minutes de { $least } à { $most }.
alerts-wrong-close-minutes = « Se ferme après » vaut « { $text } » ; saisissez des minutes de { $least } à { $most }.
alerts-wrong-order = « Se ferme à » doit être inférieur à « S’ouvre à ».
alerts-wrong-group = Saisissez le nom d’un groupe, sur une ligne, avec { $longest } caractères au plus.
alerts-no-group = Ce type concerne tout le parc : les groupes n’y ont pas de règle à eux.
alerts-no-kind = Ce type d’incident n’existe pas. Choisissez-en un dans la liste.
alerts-gone = Cette règle n’existe plus, ou c’est celle de tous les hôtes, qui reste. Regardez à nouveau les règles.

# Comment ça marche
alerts-how = Comment fonctionnent les règles
alerts-how-groups = La règle d’un groupe remplace celle de tous les hôtes, même désactivée : alors les hôtes du groupe n’ouvrent rien de ce type.
alerts-how-missing = Ce qui n’est pas observé n’ouvre rien et ne ferme rien.
alerts-how-open = Un changement vaut pour ce qui est observé ensuite. Les incidents ouverts se ferment d’après les nouveaux niveaux ; ceux d’une règle désactivée, d’après les niveaux fournis avec Highwater.
alerts-how-silences = Quand personne ne veut être prévenu pendant un moment : les <a href="/settings/silences">silences</a>.
