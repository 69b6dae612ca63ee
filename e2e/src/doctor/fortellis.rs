//! Fortellis' hosts and issuers, as its documentation lists them.

/// An authorization server of Fortellis.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Known {
    /// Its host.
    pub(super) host: &'static str,
    /// The id of its issuer: the path is `/oauth2/{id}`.
    pub(super) id: &'static str,
    /// What it is for.
    pub(super) stage: Stage,
}

/// What an authorization server is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    /// The one that apps use, for test and production APIs alike.
    Production,
    /// Fortellis' own.
    Internal(&'static str),
    /// Replaced by another.
    Deprecated,
}

impl Known {
    pub(super) fn url(self) -> String {
        format!("https://{}/oauth2/{}", self.host, self.id)
    }
}

pub(super) const PRODUCTION: Known =
    Known { host: "identity.fortellis.io", id: "aus1p1ixy7YL8cMq02p7", stage: Stage::Production };

const KNOWN: [Known; 8] = [
    PRODUCTION,
    Known {
        host: "identity-dev.fortellis.io",
        id: "aus1ni5i9n9WkzcYa2p7",
        stage: Stage::Internal("development"),
    },
    Known {
        host: "identity-qat.fortellis.io",
        id: "ausax07ig2eIlo3pO4x6",
        stage: Stage::Internal("testing"),
    },
    Known {
        host: "identity-demo.fortellis.io",
        id: "ausl5fngjEXkT0rMe5d6",
        stage: Stage::Internal("demonstrations"),
    },
    Known { host: "api.accounts.fortellis.io", id: "aus1ufzl27tS4FQ9X2p7", stage: Stage::Deprecated },
    Known { host: "api.accounts-dev.fortellis.io", id: "aus1uel0vyWbHyGne2p7", stage: Stage::Deprecated },
    Known { host: "api.accounts-qat.fortellis.io", id: "aus1uel0vyWbHyGne2p7", stage: Stage::Deprecated },
    Known { host: "api.accounts-demo.fortellis.io", id: "aus1uel0vyWbHyGne2p7", stage: Stage::Deprecated },
];

/// Hosts of Fortellis that are not authorization servers, by the beginning of their name, and what they are.
const OTHERS: [(&str, &str); 9] = [
    ("accounts", "the pages on which people sign in"),
    ("sso", "the pages on which people sign up"),
    ("developer", "the site for developers"),
    ("docs", "the documentation"),
    ("api.identity", "an old place of the keys"),
    ("api", "the API gateway"),
    ("subscriptions", "the Subscriptions API"),
    ("event-relay", "the event relay"),
    ("verify", "the issuer of the platform's own tokens"),
];

/// The authorization server at a host.
pub(super) fn at_host(host: &str) -> Option<Known> {
    KNOWN.into_iter().find(|known| known.host == host)
}

/// The authorization servers whose issuer has an id.
pub(super) fn with_id(id: &str) -> Option<Known> {
    KNOWN.into_iter().find(|known| known.id == id)
}

/// Whether a host is one of Fortellis'.
pub(super) fn is_fortellis(host: &str) -> bool {
    host == "fortellis.io" || host.ends_with(".fortellis.io")
}

/// What a host of Fortellis is, if it is known and not an authorization server.
pub(super) fn other(host: &str) -> Option<&'static str> {
    let name = host.strip_suffix(".fortellis.io")?;
    OTHERS
        .into_iter()
        .find(|(other, _)| {
            name.strip_prefix(other).is_some_and(|stage| matches!(stage, "" | "-dev" | "-qat" | "-demo"))
        })
        .map(|(_, what)| what)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_told_apart() {
        assert_eq!(at_host("identity.fortellis.io"), Some(PRODUCTION));
        assert_eq!(at_host("accounts.fortellis.io"), None);
        assert_eq!(other("accounts-dev.fortellis.io"), Some("the pages on which people sign in"));
        assert_eq!(other("api.fortellis.io"), Some("the API gateway"));
        assert_eq!(other("api.identity.fortellis.io"), Some("an old place of the keys"));
        assert_eq!(other("identity.fortellis.io"), None);
        assert!(is_fortellis("x.fortellis.io"));
        assert!(!is_fortellis("fortellis.io.evil.test") && !is_fortellis("notfortellis.io"));
    }

    #[test]
    fn ids_have_the_form_of_an_issuers_id() {
        for known in KNOWN {
            assert!(known.id.starts_with("aus") && known.id.len() == 20, "{known:?}");
            assert_eq!(with_id(known.id).map(|found| found.id), Some(known.id));
        }
    }
}
