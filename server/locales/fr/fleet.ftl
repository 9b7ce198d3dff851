# Le parc : sa page, le mur, et la page d’une installation sans hôtes.

# La première ligne
fleet-full = <a href="{ $to_full }">{ $full ->
    [one] { $full } hôte sur { $hosts } est plein
   *[other] { $full } hôtes sur { $hosts } sont pleins
}</a>{ $watched ->
    [0] .
   *[other] , <a href="{ $to_watched }">{ $watched } à 80 % ou plus</a>.
}
fleet-full-since = <a href="{ $to_full }">{ $full ->
    [one] { $full } hôte sur { $hosts } est plein
   *[other] { $full } hôtes sur { $hosts } sont pleins
}</a>{ $watched ->
    [0]  ;
   *[other] , <a href="{ $to_watched }">{ $watched } à 80 % ou plus</a> ;
} <a href="{ $to_name }">{ $name }</a> est plein depuis { $span }.
fleet-watched = Aucun hôte n’est plein ; <a href="{ $to_watched }">{ $watched ->
    [one] { $watched } hôte sur { $hosts } est
   *[other] { $watched } hôtes sur { $hosts } sont
} à 80 % ou plus</a>.
fleet-calm = Aucun hôte n’est plein, ni à 80 % ou plus.
fleet-no-report = { $hosts ->
    [one] { $hosts } hôte inscrit
   *[other] { $hosts } hôtes inscrits
} ; le premier rapport est attendu.
fleet-silent = <a href="{ $to_silent }">{ $silent ->
    [one] { $silent } est muet
   *[other] { $silent } sont muets
}</a>.
fleet-reporting = { $hosts ->
    [one] { $hosts } hôte envoie ses rapports
   *[other] { $hosts } hôtes envoient leurs rapports
}
fleet-reporting-last = { $hosts ->
    [one] { $hosts } hôte envoie ses rapports
   *[other] { $hosts } hôtes envoient leurs rapports
}, le dernier { $ago }
fleet-sessions-now = { $sessions ->
    [one] session en ce moment
   *[other] sessions en ce moment
}
fleet-open-incidents = { $incidents ->
    [one] incident ouvert
   *[other] incidents ouverts
}
fleet-capacity-events = { $events ->
    [one] événement de capacité, 24 h
   *[other] événements de capacité, 24 h
}

# La saturation dans le temps
fleet-saturation = Saturation du parc
fleet-saturation-about = sessions ÷ limite, { $hosts ->
    [one] { $hosts } hôte
   *[other] { $hosts } hôtes
} de limite connue ; pic par { $step }
fleet-complete = Décompte complet jusqu’à { $at }{ $late ->
    [0] .
    [one]  ; { $late } heure antérieure d’un hôte est encore attendue.
   *[other]  ; { $late } heures antérieures de certains hôtes sont encore attendues.
}
fleet-table = Saturation du parc en tableau
fleet-table-from = Début
fleet-table-highest = Maximum
fleet-table-p95 = 95e centile
fleet-table-median = Médiane
fleet-table-full = Hôtes pleins
fleet-table-watched = 80 % ou plus

# Les événements
fleet-events = Événements récents
fleet-no-events = Aucun. Un hôte à sa limite peut ne rien journaliser du tout : les sessions sont comptées, pas devinées d’après les événements.
fleet-event-times = { $times } fois depuis { $since }

# Les hôtes les plus chargés
fleet-worst = { $hosts ->
    [one] L’hôte le plus chargé
   *[other] Les { $hosts } hôtes les plus chargés
}
fleet-worst-about = pic de saturation par { $step } ; hôtes classés selon le temps passé à la limite pendant { $over }
fleet-to-wall = Tous, en affichage mural
fleet-at-limit = À la limite
fleet-now = Maintenant
fleet-worst-none = Rien n’a encore été décompté. La première heure apparaît quelques minutes après le premier rapport d’un hôte.
fleet-worst-table = Les hôtes les plus chargés en tableau
fleet-steps-without-data = Intervalles sans données
fleet-more-stretches = et { $stretches } de plus
fleet-lightness = Paliers de clarté à 25, 50, 70, 80 et 90 pour cent, et plein

# Les hôtes
fleet-hosts = Hôtes
fleet-attention-first = les plus préoccupants d’abord
fleet-seek = Nom, groupe ou système
fleet-searched = « { $text } »
fleet-of-hosts = { $hosts ->
    [one] { $matching } sur { $hosts } hôte
   *[other] { $matching } sur { $hosts } hôtes
}
fleet-none-like-that = Aucun hôte ne correspond en ce moment. <a href="{ $href }#hosts">Voir tous les niveaux</a>
fleet-state = État
fleet-sessions-limit = Sessions / limite
fleet-day = 24 dernières heures
fleet-peak = Pic
fleet-peak-of-day = Pic, 24 h
fleet-last-event = Dernier événement
fleet-agent = Agent
fleet-no-event = aucun
fleet-not-heard = pas encore vu
fleet-silent-for = Muet depuis { $span }
fleet-spark-limit = Sessions sur { $host } pendant 24 heures, par rapport à sa limite : { $what }
fleet-spark-peak = Sessions sur { $host } pendant 24 heures, par rapport à leur propre pic : { $what }

# Le mur
fleet-wall-full = <a href="/?level=full#hosts">{ $full ->
    [one] { $full } hôte sur { $hosts } est plein
   *[other] { $full } hôtes sur { $hosts } sont pleins
}</a>.
fleet-wall-full-since = <a href="/?level=full#hosts">{ $full ->
    [one] { $full } hôte sur { $hosts } est plein
   *[other] { $full } hôtes sur { $hosts } sont pleins
}</a> ; <a href="{ $to_name }">{ $name }</a> depuis { $span }.
fleet-wall-none-full = Aucun hôte n’est plein.
fleet-wall-keep = Garder cet écran
fleet-wall-keep-about = À partir de là, ce navigateur affiche le mur et rien d’autre, pendant { $days } jours au plus, et vous y êtes déconnecté. Pour y mettre fin, ouvrez la page de votre compte dans un autre navigateur.
fleet-wall-left-out = { $hosts ->
    [one] { $hosts } hôte plus calme n’est pas affiché.
   *[other] { $hosts } hôtes plus calmes ne sont pas affichés.
}

# Pour qui ne voit que des groupes sans hôte
fleet-unseen = Vous ne voyez encore aucun hôte.
fleet-unseen-groups = Vous voyez les hôtes de ces groupes, et aucun n’en a à présent : { $groups }.
fleet-unseen-none = Vous voyez les hôtes de vos groupes, et n’en avez aucun.
fleet-unseen-ask = Un administrateur place les hôtes dans des groupes, et décide des groupes que vous voyez. Un hôte qui arrive apparaît ici de lui-même.

# Sans hôtes
fleet-empty = Aucun hôte n’envoie encore de rapport. Installez un agent et cette page se remplira d’elle-même.
fleet-empty-ready = Le serveur est prêt à l’adresse <b>{ $url }</b>
fleet-empty-token = Créer un jeton d’inscription
fleet-empty-tokens = { $tokens ->
    [one] { $tokens } jeton est utilisable en ce moment ; son secret a été affiché une seule fois, à sa création.
   *[other] { $tokens } jetons sont utilisables en ce moment ; le secret de chacun a été affiché une seule fois, à sa création.
}
fleet-empty-token-about = Un agent en a besoin pour demander son identité. Un jeton peut être limité à un nombre d’hôtes, à des adresses et à une durée.
fleet-empty-make-token = Créer un jeton
fleet-empty-another-token = Créer un autre jeton
fleet-empty-agent = Démarrer l’agent sur un serveur de fichiers
fleet-empty-agent-about = Sous Linux avec Samba. Mettez le secret du jeton à la place des points. Pour Windows, la page qui suit la création d’un jeton donne la commande et la procédure par stratégie de groupe.
fleet-empty-command = Commande d’installation
fleet-empty-fingerprint = Empreinte de l’autorité de certification
fleet-empty-fingerprint-about = SHA-256. Comparez-la avec la ligne que le serveur a affichée à son premier démarrage ; l’agent ne fait confiance à rien d’autre.
fleet-empty-arrives = Vérifier que tout arrive
fleet-empty-waiting = En attente du premier rapport
fleet-empty-waiting-about = D’ordinaire quelques secondes après le démarrage de l’agent.
fleet-empty-approval = Les agents qui ont besoin de votre approbation attendent sous <a href="/settings/agents">Agents</a>.
fleet-empty-ask = Un administrateur de ce serveur en crée un.
fleet-empty-nothing = Rien après deux minutes ?
fleet-empty-doctor = Exécutez ceci sur l’hôte. Chaque ligne dit PASS, ou ce qu’il faut faire.
fleet-empty-doctor-command = Commande de vérification
fleet-empty-does = Ce que fait l’agent
fleet-empty-reads = Il lit les sessions, les limites et les événements du serveur SMB sur son propre hôte.
fleet-empty-listens = Il n’écoute sur aucun port et ne reçoit aucune commande.
fleet-empty-sends = Il n’envoie qu’à ce serveur, et garde ses rapports sur disque tant que le serveur est injoignable.
fleet-empty-files = Les noms de fichiers restent sur l’hôte.
fleet-empty-no-server = Pas de serveur de fichiers sous la main ?
fleet-empty-demo = Voyez toutes les pages avec un parc inventé et des semaines d’historique :
fleet-empty-demo-command = Commande de démo
