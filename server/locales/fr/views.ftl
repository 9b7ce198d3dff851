# Vues enregistrées, sur chaque page qui en a.

views-saved = Vues enregistrées
views-save-first = Enregistrer cette vue
views-save-more = Enregistrer ou modifier des vues
views-name = Nom de la vue
views-save = Enregistrer ce qui est affiché
views-hint = Les filtres, pour vous seul. Une vue du même nom est remplacée.
views-new-name = Nouveau nom de { $name }
views-rename = Renommer
views-replace = Remplacer par ce qui est affiché
views-delete = Supprimer
views-bad-name = Saisissez un nom pour la vue, avec { $longest } caractères au plus.
views-taken = Cette page a une autre vue de ce nom. Choisissez un autre nom.
views-too-many = Vous avez { $most } vues enregistrées, le maximum permis. Supprimez-en d’abord une.
views-no-filters = Cette page n’a pas de filtres à enregistrer.
views-too-long = Ces filtres sont trop longs pour être enregistrés. Cherchez un texte plus court.
