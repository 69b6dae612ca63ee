//! The doctor's findings: what was checked, what was found, and what to do about it.

use std::fmt;

use serde::Serialize;

/// How much a finding matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// As it should be.
    Ok,
    /// Good to know.
    Note,
    /// Could not be checked.
    Skipped,
    /// Works, or may work, but not as one would expect.
    Warning,
    /// Cannot work.
    Error,
}

impl Level {
    /// The word in the JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Note => "note",
            Self::Skipped => "skipped",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One check of the doctor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Check {
    /// Whether `FORTELLIS_AUTH_SERVER_URL` can be an issuer.
    ServerUrl,
    /// Whether the API Key and API Secret can be the app's.
    Credentials,
    /// Whether `FORTELLIS_REDIRECT_URI` can be a callback of the page.
    RedirectUri,
    /// Whether `FORTELLIS_SCOPE` asks for what the tutorial needs.
    Scope,
    /// Whether the proxy lets the page call it.
    AllowedOrigins,
    /// Whether the API belongs to the authorization server.
    Api,
    /// Whether the server can be reached.
    Connection,
    /// The server's metadata.
    Metadata,
    /// The keys that verify its tokens.
    Keys,
    /// Whether the token endpoint is one.
    TokenEndpoint,
    /// Whether the server's clock and the machine's agree.
    Clock,
    /// Whether pages may call the token endpoint, or need the proxy.
    TokenCors,
    /// Whether the server knows the app, its Callback URL and its scope.
    Registration,
    /// Whether the server accepts the API Secret.
    ApiSecret,
    /// Whether the page can be served.
    SiteAddress,
    /// Whether the proxy can listen.
    ProxyAddress,
}

impl Check {
    /// The name, in the text and in the JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ServerUrl => "server-url",
            Self::Credentials => "credentials",
            Self::RedirectUri => "redirect-uri",
            Self::Scope => "scope",
            Self::AllowedOrigins => "allowed-origins",
            Self::Api => "api",
            Self::Connection => "connection",
            Self::Metadata => "metadata",
            Self::Keys => "keys",
            Self::TokenEndpoint => "token-endpoint",
            Self::Clock => "clock",
            Self::TokenCors => "token-cors",
            Self::Registration => "registration",
            Self::ApiSecret => "api-secret",
            Self::SiteAddress => "site-address",
            Self::ProxyAddress => "proxy-address",
        }
    }

    /// The part of the set-up that it belongs to.
    pub const fn part(self) -> &'static str {
        match self {
            Self::ServerUrl
            | Self::Credentials
            | Self::RedirectUri
            | Self::Scope
            | Self::AllowedOrigins
            | Self::Api => "Settings",
            Self::Connection
            | Self::Metadata
            | Self::Keys
            | Self::TokenEndpoint
            | Self::Clock
            | Self::TokenCors
            | Self::Registration
            | Self::ApiSecret => "Authorization server",
            Self::SiteAddress | Self::ProxyAddress => "This machine",
        }
    }

    /// As it should be.
    pub(super) fn ok(self, looked_at: &str, found: impl Into<String>) -> Finding {
        self.finding(Level::Ok, looked_at, found.into(), None)
    }

    /// Good to know.
    pub(super) fn note(self, looked_at: &str, found: impl Into<String>) -> Finding {
        self.finding(Level::Note, looked_at, found.into(), None)
    }

    /// Questionable, and what to do about it.
    pub(super) fn warning(
        self,
        looked_at: &str,
        found: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Finding {
        self.finding(Level::Warning, looked_at, found.into(), Some(remedy.into()))
    }

    /// Wrong, and what to do about it.
    pub(super) fn error(
        self,
        looked_at: &str,
        found: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Finding {
        self.finding(Level::Error, looked_at, found.into(), Some(remedy.into()))
    }

    /// Not checked, and why.
    pub(super) fn skipped(self, because: &str) -> Finding {
        self.finding(Level::Skipped, "nothing", format!("skipped, because {because}"), None)
    }

    fn finding(self, level: Level, looked_at: &str, found: String, remedy: Option<String>) -> Finding {
        Finding { check: self, level, looked_at: looked_at.to_owned(), found, remedy }
    }
}

/// The result of one check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The check.
    pub check: Check,
    /// How much it matters.
    pub level: Level,
    /// The variable or the request that was checked.
    pub looked_at: String,
    /// What was found.
    pub found: String,
    /// What to do, if anything.
    pub remedy: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_names_checks_and_levels_as_the_text_does() {
        for check in [Check::ServerUrl, Check::AllowedOrigins, Check::TokenCors, Check::ProxyAddress] {
            assert_eq!(serde_json::to_value(check).unwrap(), check.as_str());
        }
        for level in [Level::Ok, Level::Note, Level::Skipped, Level::Warning, Level::Error] {
            assert_eq!(serde_json::to_value(level).unwrap(), level.as_str());
        }
    }
}
