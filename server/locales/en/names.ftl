# Names of one client, read together.

names-title = Names
names-about = one computer may come as an address, a short name and a long one
names-together = read together as one client
names-also = Also seen as
names-also-list = also seen as { $names }
names-also-line = Also seen as <b>{ $names }</b>. <a href="#names">Names</a>
names-as = as { $name }
names-hours = Session-hours
names-peak = Peak
names-merged = Merged
names-this = this name
names-separate = Separate again
names-separate-of = Separate again: { $name }
names-bounds = Sums of all names are exact. Where names may have been there at once and nobody can tell, a figure is marked ≤: it is the most that is possible.
names-at-most = ≤: at most, of a client with several names.
names-perhaps = Perhaps the same computer
names-same = Same computer
names-same-of = Same computer: { $name }
names-other = Another name of the same computer
names-find = Find
names-none = No other client has “{ $text }” in its name.
names-more = There are more. Write more of the name.
names-reason-case = the same name, in other capitals
names-reason-address = the same address, written otherwise
names-reason-part = one is the first part of the other
names-reason-host = the watched host { $host } says that it has both
names-already = These two are one client already. Look at it again.
names-taken = It is a name of { $main } by now. Separate it there first, then merge it here.
names-apart = This name was separated before. Look at it again.
names-least = (at least { $least }: which of its names were there at once is not known)
