# Names of one client, read together.

names-title = Noms
names-about = un même ordinateur peut se présenter par une adresse, un nom court et un nom long
names-together = lus ensemble comme un seul client
names-also = Vu aussi sous
names-also-list = vu aussi sous { $names }
names-also-line = Vu aussi sous <b>{ $names }</b>. <a href="#names">Noms</a>
names-as = sous { $name }
names-hours = Heures de session
names-peak = Pic
names-merged = Fusionné
names-this = ce nom
names-separate = Séparer
names-separate-of = Séparer : { $name }
names-bounds = Les sommes de tous les noms sont exactes. Quand des noms ont pu être présents en même temps sans qu’on puisse le savoir, le chiffre porte le signe ≤ : c’est le maximum possible.
names-at-most = ≤ : au plus, pour un client à plusieurs noms.
names-perhaps = Peut-être le même ordinateur
names-same = Même ordinateur
names-same-of = Même ordinateur : { $name }
names-other = Un autre nom du même ordinateur
names-find = Rechercher
names-none = Aucun autre client n’a « { $text } » dans son nom.
names-more = Il y en a d’autres. Précisez le nom.
names-reason-case = le même nom, écrit avec d’autres majuscules
names-reason-address = la même adresse, écrite autrement
names-reason-part = l’un est la première partie de l’autre
names-reason-host = l’hôte surveillé { $host } déclare avoir les deux
names-already = Ces deux noms sont déjà un seul client. Vérifiez-le.
names-taken = C’est désormais un nom de { $main }. Séparez-le d’abord là-bas, puis fusionnez-le ici.
names-apart = Ce nom a déjà été séparé. Vérifiez-le.
names-least = (au moins { $least } : on ne sait pas lesquels de ses noms étaient présents en même temps)
