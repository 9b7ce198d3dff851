//! Advice that circulates, and what is true of it. Checked against the public documentation and headers of Windows.

/// A claim, and what is true.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Advice {
    /// By which other languages say it: `advice-claim-netstat`.
    pub id: &'static str,
    pub claim: &'static str,
    pub verdict: Verdict,
    pub truth: &'static str,
    /// The rule that finds hosts on which somebody followed it; empty if there is none.
    pub rule: &'static str,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    Wrong,
    /// It is done, and changes nothing here.
    Useless,
    /// It does harm.
    Harmful,
    /// Only part of it is true.
    Half,
}

impl Verdict {
    pub const ALL: [Self; 4] = [Self::Wrong, Self::Useless, Self::Harmful, Self::Half];

    /// The word in the messages of other languages: `advice-verdict-wrong`.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Wrong => "wrong",
            Self::Useless => "useless",
            Self::Harmful => "harmful",
            Self::Half => "half",
        }
    }

    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Wrong => "wrong",
            Self::Useless => "does nothing here",
            Self::Harmful => "does harm",
            Self::Half => "half true",
        }
    }
}

pub const ADVICE: [Advice; 16] = [
    Advice {
        id: "event-2003",
        claim: "Event 2003 says that the connection limit was reached",
        verdict: Verdict::Wrong,
        truth: "It says that the old server driver could not start. Other programs write a 2003 of their own. No event says that \
                sessions ran out.",
        rule: "EVT-01",
    },
    Advice {
        id: "event-2019",
        claim: "Events 2019 and 2020 are about connections",
        verdict: Verdict::Wrong,
        truth: "They say that the system's memory pools are empty, usually because some driver leaks. SMB is where it shows, rarely where \
                it comes from.",
        rule: "",
    },
    Advice {
        id: "users-zero",
        claim: "Users = 0 in the registry means unlimited",
        verdict: Verdict::Harmful,
        truth: "It is documented nowhere, and may be refused or let nobody in. Remove the value instead.",
        rule: "CFG-02",
    },
    Advice {
        id: "max-work-items",
        claim: "Raise MaxWorkItems to a quarter of the memory for more connections",
        verdict: Verdict::Useless,
        truth: "Work items belong to SMB1. SMB 2 and 3 do not have them.",
        rule: "CFG-05",
    },
    Advice {
        id: "max-mpx-ct",
        claim: "MaxMpxCt is the number of connections per session",
        verdict: Verdict::Wrong,
        truth: "It is how many requests one SMB1 client may have under way.",
        rule: "CFG-05",
    },
    Advice {
        id: "forced-logoff",
        claim: "EnableForcedLogoff cleans up idle sessions",
        verdict: Verdict::Wrong,
        truth: "It ends sessions when an account's logon hours are over, and does nothing without such hours.",
        rule: "CFG-13",
    },
    Advice {
        id: "idle-timeout",
        claim: "Set the idle timeout to 15 minutes and restart the server",
        verdict: Verdict::Half,
        truth: "15 minutes is the default, and a change takes effect without a restart.",
        rule: "CFG-03",
    },
    Advice {
        id: "security-signature",
        claim: "EnableSecuritySignature gives a detailed log",
        verdict: Verdict::Wrong,
        truth: "It offers signing to SMB1 clients. It logs nothing.",
        rule: "",
    },
    Advice {
        id: "bandwidth-throttling",
        claim: "EnableBandwidthThrottling logs connections",
        verdict: Verdict::Wrong,
        truth: "It is a setting of the client: it slows transfers over connections with high latency, and is on by default. It logs nothing.",
        rule: "",
    },
    Advice {
        id: "restart-server",
        claim: "Restart the service LanmanServer to apply settings",
        verdict: Verdict::Harmful,
        truth: "It drops every session of the host. Several settings need no restart; each rule here says whether one does.",
        rule: "",
    },
    Advice {
        id: "restart-workstation",
        claim: "Restart LanmanWorkstation when the server is full",
        verdict: Verdict::Harmful,
        truth: "It is the host's own client: it breaks what the host itself has open elsewhere and frees no session.",
        rule: "",
    },
    Advice {
        id: "netstat",
        claim: "netstat on port 445 shows the sessions",
        verdict: Verdict::Wrong,
        truth: "It shows TCP connections, in both directions. A connection can carry several sessions, a session can have several \
                connections.",
        rule: "",
    },
    Advice {
        id: "lowest-id",
        claim: "The session with the lowest id is the oldest",
        verdict: Verdict::Wrong,
        truth: "Ids say nothing about age. SecondsExists does.",
        rule: "",
    },
    Advice {
        id: "client-timeout",
        claim: "Set-SmbClientConfiguration -SessionTimeout 60 helps",
        verdict: Verdict::Useless,
        truth: "It is a setting of the client, and 60 is its default.",
        rule: "",
    },
    Advice {
        id: "refused-clients",
        claim: "Clients that are refused see \"network path not found\" or \"access denied\"",
        verdict: Verdict::Wrong,
        truth: "They see error 71: no more connections can be made to this remote computer. The other two have other reasons.",
        rule: "",
    },
    Advice {
        id: "audit-smb1",
        claim: "AuditSmb1Access analyses connections",
        verdict: Verdict::Half,
        truth: "It logs who speaks SMB1 (event 3000), and nothing about others.",
        rule: "CFG-07",
    },
];
