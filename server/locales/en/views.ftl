# Saved views, on each page that has them.

views-saved = Saved views
views-save-first = Save this view
views-save-more = Save or change views
views-name = Name of the view
views-save = Save what is shown
views-hint = The filters, for you alone. A view of the same name is replaced.
views-new-name = New name of { $name }
views-rename = Rename
views-replace = Replace by what is shown
views-delete = Delete
views-bad-name = Write a name for the view, with { $longest } characters at most.
views-taken = This page has another view of that name. Choose another name.
views-too-many = You have { $most } saved views, as many as there may be. Delete one of them first.
views-no-filters = This page has no filters that could be kept.
views-too-long = These filters are too long to be kept. Search for a shorter text.
