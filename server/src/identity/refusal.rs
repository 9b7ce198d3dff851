/// Why somebody was not let in.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{detail}")]
pub struct Refusal {
    /// What the person is told.
    pub why: Why,
    /// What the log says: what was found, and where to look. Without secrets.
    pub detail: String,
}

impl Refusal {
    pub(super) fn new(why: Why, detail: impl Into<String>) -> Self {
        Self { why, detail: detail.into() }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// Name or password; it is not told which.
    Credentials,
    /// The password is right and has to be changed first.
    PasswordExpired,
    /// In no group that may come in.
    NoRole,
    /// No answer, or none that can be read.
    Unreachable,
    /// Whom it would be said to is not known, or others could listen.
    Unsafe,
    /// The settings do not fit what is there.
    Settings,
    /// More than one entry matches.
    Several,
    /// The entry has nothing that stays.
    Unnamed,
    /// The directory says to ask another one.
    Elsewhere,
    /// The groups are too many to be told.
    Groups,
    /// Too many ask at once.
    Busy,
    /// The way back is over: it was used, took too long, or never began.
    Over,
    /// It was begun in another browser.
    Foreign,
    /// The provider itself said no.
    Declined,
    /// What the provider answered proves nothing.
    Proof(Proof),
    /// He signed in there less strongly than the settings demand.
    Weak(Demand),
}

/// What of the settings demands that people sign in strongly.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Demand {
    /// It was asked for, and the provider itself said no.
    Asked,
    /// The token's class (`acr`).
    Class,
    /// The token's methods (`amr`).
    Methods,
}

/// What is wrong with an ID token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proof {
    /// It cannot be read, or lacks what every one has.
    Form,
    Algorithm,
    /// No key of the provider fits.
    Key,
    Signature,
    Issuer,
    Audience,
    Expired,
    /// It was issued long ago, or will be.
    Clock,
    Nonce,
}

impl Why {
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Credentials => "credentials",
            Self::PasswordExpired => "password-expired",
            Self::NoRole => "role",
            Self::Unreachable => "unreachable",
            Self::Unsafe => "unsafe",
            Self::Settings => "settings",
            Self::Several => "several",
            Self::Unnamed => "unnamed",
            Self::Elsewhere => "elsewhere",
            Self::Groups => "groups",
            Self::Busy => "busy",
            Self::Over => "over",
            Self::Foreign => "foreign",
            Self::Declined => "declined",
            Self::Proof(_) => "proof",
            Self::Weak(_) => "weak",
        }
    }
}

impl Demand {
    /// The setting, by its name.
    #[must_use]
    pub fn setting(self) -> &'static str {
        match self {
            Self::Asked => "oidc.acr_values",
            Self::Class => "oidc.required_acr",
            Self::Methods => "oidc.required_amr",
        }
    }
}

impl Proof {
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Form => "form",
            Self::Algorithm => "algorithm",
            Self::Key => "key",
            Self::Signature => "signature",
            Self::Issuer => "issuer",
            Self::Audience => "audience",
            Self::Expired => "expired",
            Self::Clock => "clock",
            Self::Nonce => "nonce",
        }
    }
}
