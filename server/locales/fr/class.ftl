# What clients and users are, and the page of the rules that say so.

class-backup = Sauvegarde
class-printer = Imprimante ou scanner
class-vdi = VDI
class-domain-controller = Contrôleur de domaine
class-application-account = Compte applicatif

class-any = Toutes les classes
class-title = Classe
class-tab = Classes
class-none = Aucune règle : personne n’a de classe.
class-some = { $rules ->
    [one] { $names ->
        [one] { $rules } règle donne une classe à { $names } nom.
       *[other] { $rules } règle donne une classe à { $names } noms.
    }
   *[other] { $names ->
        [one] { $rules } règles donnent une classe à { $names } nom.
       *[other] { $rules } règles donnent une classe à { $names } noms.
    }
}
class-about = La première règle qui correspond à un nom décide. Rien n’est enregistré avec le nom : une règle modifiée vaut aussitôt, pour le passé aussi.
class-rules = Règles, dans l’ordre
class-rules-about = un client à plusieurs noms a la classe que donne la première règle qui correspond à l’un d’eux
class-first = Créez la première avec le formulaire.
class-pattern = Modèle
class-looks-at = Porte sur
class-subject-client = Nom du client
class-subject-address = Adresse du client
class-subject-user = Nom d’utilisateur
class-names = Noms
class-names-of = { $names ->
    [one] { $names } nom par la règle { $rule } : afficher ce qui correspond
   *[other] { $names } noms par la règle { $rule } : afficher ce qui correspond
}
class-made = Créée
class-built-in = d’origine
class-change = Déplacer ou supprimer
class-up = Monter la règle { $rule }
class-down = Descendre la règle { $rule }
class-delete = Supprimer
class-delete-of = Supprimer la règle { $rule }
class-new = Nouvelle règle
class-pattern-help = Pour un nom : * remplace tout, ? un caractère, # un chiffre, sans distinction entre majuscules et minuscules. Sans point, c’est la première partie du nom d’un client qui est comparée ; sans barre oblique inverse ni @, le nom d’un utilisateur sans son domaine. Pour une adresse : une plage telle que 10.20.9.0/24.
class-look = Afficher ce qui correspond
class-add = Ajouter à la fin
class-matches = Ce qui correspond
class-would-match = Ce qui correspondrait
class-as = comme { $class }
class-already = déjà { $class }
class-more = { $more ->
    [one] et { $more } autre
   *[other] et { $more } autres
}
class-clients-matched = { $all ->
    [0] Aucun nom de client ne correspond.
    [one] { $all } nom de client correspond.
   *[other] { $all } noms de clients correspondent.
}
class-users-matched = { $all ->
    [0] Aucun nom d’utilisateur ne correspond.
    [one] { $all } nom d’utilisateur correspond.
   *[other] { $all } noms d’utilisateurs correspondent.
}
class-earlier = { $before ->
    [one] Des règles précédentes décident pour { $before } d’entre eux.
   *[other] Des règles précédentes décident pour { $before } d’entre eux.
}

class-refusal-empty = Saisissez un modèle : un nom, avec * pour n’importe quoi, ? pour un caractère et # pour un chiffre.
class-refusal-everything = Ce modèle correspond à tous les noms : saisissez au moins une lettre ou un chiffre.
class-refusal-line = Un modèle compte au plus { $most } caractères, sans saut de ligne.
class-refusal-range = « { $text } » n’est pas une plage d’adresses. Saisissez par exemple 10.20.9.0/24 ou 2001:db8::/32, ou une seule adresse.
class-refusal-class = Choisissez la classe que donne la règle.
class-refusal-subject = Choisissez sur quoi porte la règle.
class-refusal-most = Il y a { $most } règles, c’est le maximum. Supprimez-en une d’abord.
class-gone = Cette règle a déjà été supprimée, ou n’existe pas.
