//! The words of the audit log: closed lists, which only grow.

/// An enum of which each variant has a word: in the store, in addresses, in the API and, with dashes for other signs,
/// in the ids of messages.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$of:meta])* $variant:ident = $word:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum $name {
            $($(#[$of])* $variant,)+
        }

        impl $name {
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            #[must_use]
            pub fn word(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)+
                }
            }

            #[must_use]
            pub fn from_word(word: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|one| one.word() == word)
            }
        }
    };
}

words! {
    /// What was done. Its word is a promise to those who read the log by program.
    Action {
        SignIn = "sign_in",
        SignInFailed = "sign_in_failed",
        /// Too many tries: the password was not even looked at.
        SignInThrottled = "sign_in_throttled",
        SignOut = "sign_out",
        AccountCreated = "account.created",
        AccountRoleChanged = "account.role_changed",
        /// The system that knows its person calls him otherwise.
        AccountRenamed = "account.renamed",
        /// Which groups of hosts its person sees.
        AccountConfined = "account.confined",
        AccountSwitched = "account.switched",
        AccountDeleted = "account.deleted",
        PasswordSet = "account.password_set",
        /// Browsers were signed out from elsewhere.
        SessionsEnded = "sessions.ended",
        /// A browser shows the wall and nothing else from then on.
        ScreenKept = "screen.kept",
        /// What makes codes was shown to its person. No code is asked for yet.
        FactorBegun = "second_factor.begun",
        FactorOn = "second_factor.on",
        FactorOff = "second_factor.off",
        LinkMade = "link.made",
        LinkUsed = "link.used",
        /// Somebody asked for what he may not have or does not see, or a machine was not let in.
        Denied = "denied",
        /// A file was taken away, or by the API a list that tells of people.
        Exported = "exported",
        /// A client, a user, the sessions of a host, an event, an incident or a list of clients or users were looked at,
        /// or somebody was looked for. Once an hour, or a day.
        Looked = "looked_at",
        TokenCreated = "token.created",
        TokenRevoked = "token.revoked",
        KeyCreated = "api_key.created",
        KeyRevoked = "api_key.revoked",
        AgentEnrolled = "agent.enrolled",
        AgentDecided = "agent.decided",
        /// An agent is asked to make itself another key.
        AgentKeyAsked = "agent.key_asked",
        AgentKeyChanged = "agent.key_changed",
        /// An agent has sent what it may in an hour or a day. Once an hour.
        AgentOverQuota = "agent.over_quota",
        ApprovalRuleCreated = "approval_rule.created",
        ApprovalRuleDeleted = "approval_rule.deleted",
        HostGrouped = "host.grouped",
        /// What it says of itself took it into another group, by the rules. So many a day for each host.
        HostMoved = "host.moved",
        GroupRuleCreated = "group_rule.created",
        GroupRuleMoved = "group_rule.moved",
        GroupRuleDeleted = "group_rule.deleted",
        ClassRuleCreated = "class_rule.created",
        ClassRuleMoved = "class_rule.moved",
        ClassRuleDeleted = "class_rule.deleted",
        NameMerged = "client.name_merged",
        NameSeparated = "client.name_separated",
        AlertRuleChanged = "alert_rule.changed",
        AlertRuleDeleted = "alert_rule.deleted",
        SilenceCreated = "silence.created",
        SilenceEnded = "silence.ended",
        WebhookCreated = "webhook.created",
        WebhookChanged = "webhook.changed",
        WebhookSwitched = "webhook.switched",
        WebhookDeleted = "webhook.deleted",
        WebhookRotated = "webhook.secret_changed",
        WebhookTested = "webhook.tested",
        WebhookResent = "webhook.resent",
        ConnectorCreated = "connector.created",
        ConnectorChanged = "connector.changed",
        ConnectorSwitched = "connector.switched",
        ConnectorDeleted = "connector.deleted",
        ConnectorTested = "connector.tested",
        ConnectorResent = "connector.resent",
        /// The incident's own timeline says what exactly.
        IncidentChanged = "incident.changed",
        ViewSaved = "view.saved",
        ViewRenamed = "view.renamed",
        ViewDeleted = "view.deleted",
        /// What the database keeps sealed was sealed again, with another key.
        SecretsSealed = "secrets.sealed_again",
        SecretsKeyAdded = "secrets.key_added",
        /// Keys that nothing is sealed with any more were taken away.
        SecretsKeysRetired = "secrets.keys_retired",
        /// Another authority of the server's certificate, which takes over later.
        AuthorityMade = "authority.made",
        /// It takes over at once.
        AuthorityFinished = "authority.finished",
        AuthorityTakenBack = "authority.taken_back",
        /// It signs from now on, since it was time or somebody said so.
        AuthorityTookOver = "authority.took_over",
        /// A server started with other settings than the one that started before it.
        SettingsChanged = "settings.changed",
        /// Parts of the history were made again out of what they are made of.
        HistoryRepaired = "history.repaired",
        /// A client's or user's name was erased.
        Erased = "erased",
        Pseudonymised = "users.pseudonymised",
        /// All that is kept of a client or user was handed out.
        HandedOut = "handed_out",
        /// A name was taken out of an earlier entry.
        Redacted = "audit.redacted",
    }
}

words! {
    /// Who does something.
    ActorKind {
        Person = "person",
        /// A program, by its API key.
        Key = "api_key",
        Agent = "agent",
        /// This program, by itself or by its command line.
        Program = "program",
        /// Nobody who is known.
        Nobody = "nobody",
    }
}

words! {
    /// What something is done to.
    SubjectKind {
        Account = "account",
        Token = "token",
        ApiKey = "api_key",
        Agent = "agent",
        Host = "host",
        Client = "client",
        User = "user",
        GroupRule = "group_rule",
        ClassRule = "class_rule",
        AlertRule = "alert_rule",
        ApprovalRule = "approval_rule",
        Silence = "silence",
        Webhook = "webhook",
        Connector = "connector",
        Incident = "incident",
        Event = "event",
        View = "view",
        /// What the database keeps sealed.
        Secrets = "secrets",
        /// Of the server's certificate, by its fingerprint.
        Authority = "authority",
        /// Of the file and the environment, with the name of the machine.
        Settings = "settings",
        History = "history",
        /// An address of this server.
        Page = "page",
        /// One of this log.
        Entry = "entry",
    }
}

words! {
    /// What came of it.
    Outcome {
        Done = "done",
        /// It was not allowed, or not let in.
        Refused = "refused",
        /// What takes longer has begun; that it is done, a later entry says.
        Begun = "begun",
        /// It was begun, and came to nothing.
        Failed = "failed",
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_word_is_another_one_and_is_read_back() {
        for word in Action::ALL.iter().map(|one| one.word()) {
            assert_eq!(Action::from_word(word).map(Action::word), Some(word));
            assert!(word.len() <= 32 && word.bytes().all(|b| b.is_ascii_lowercase() || b"._".contains(&b)), "{word}");
        }
        let words: BTreeSet<&str> = Action::ALL.iter().map(|one| one.word()).collect();
        assert_eq!(words.len(), Action::ALL.len());
        assert_eq!(SubjectKind::from_word("webhook"), Some(SubjectKind::Webhook));
        assert_eq!(ActorKind::from_word("somebody"), None);
        assert_eq!(Outcome::from_word("refused"), Some(Outcome::Refused));
    }
}
