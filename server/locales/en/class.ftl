# What clients and users are, and the page of the rules that say so.

class-backup = Backup
class-printer = Printer or scanner
class-vdi = VDI
class-domain-controller = Domain controller
class-application-account = Application account

class-any = Any class
class-title = Class
class-tab = Classes
class-none = No rule: nobody has a class.
class-some = { $rules ->
    [one] { $names ->
        [one] 1 rule gives 1 name a class.
       *[other] 1 rule gives { $names } names a class.
    }
   *[other] { $names ->
        [one] { $rules } rules give 1 name a class.
       *[other] { $rules } rules give { $names } names a class.
    }
}
class-about = The first rule that matches a name decides. Nothing is stored with a name: a change of rules holds at once, for the past too.
class-rules = Rules, in order
class-rules-about = a client with several names has the class of the first rule that matches any of them
class-first = Create the first one with the form.
class-pattern = Pattern
class-looks-at = Looks at
class-subject-client = Client name
class-subject-address = Client address
class-subject-user = User name
class-names = Names
class-names-of = { $names ->
    [one] 1 name by rule { $rule }: show what it matches
   *[other] { $names } names by rule { $rule }: show what it matches
}
class-made = Made
class-built-in = built in
class-change = Move or delete
class-up = Move rule { $rule } up
class-down = Move rule { $rule } down
class-delete = Delete
class-delete-of = Delete rule { $rule }
class-new = New rule
class-pattern-help = Of a name: * for anything, ? for one character, # for one digit; capitals do not matter. Without a dot, the first part of a client's name is compared; without a backslash or @, a user's name without its domain. Of an address: a range such as 10.20.9.0/24.
class-look = Show what it matches
class-add = Add at the end
class-matches = What it matches
class-would-match = What it would match
class-as = as { $class }
class-already = { $class } already
class-more = { $more ->
    [one] and 1 more
   *[other] and { $more } more
}
class-clients-matched = { $all ->
    [0] It matches no client's name.
    [one] It matches 1 client's name.
   *[other] It matches { $all } names of clients.
}
class-users-matched = { $all ->
    [0] It matches no user's name.
    [one] It matches 1 user's name.
   *[other] It matches { $all } names of users.
}
class-earlier = { $before ->
    [one] Earlier rules decide about 1 of them.
   *[other] Earlier rules decide about { $before } of them.
}

class-refusal-empty = Write a pattern: a name, with * for anything, ? for one character and # for one digit.
class-refusal-everything = The pattern matches every name: write at least one letter or digit.
class-refusal-line = A pattern may have { $most } characters at most, and no line breaks.
class-refusal-range = “{ $text }” is no range of addresses. Write one like 10.20.9.0/24 or 2001:db8::/32, or a single address.
class-refusal-class = Choose the class that the rule is for.
class-refusal-subject = Choose what the rule looks at.
class-refusal-most = There are { $most } rules, which is the most. Delete one first.
class-gone = This rule was deleted before, or there is none.
