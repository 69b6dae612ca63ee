//! A flaw of a directory: its place, the broken rule, what is wrong, what would be accepted.

use super::Place;

/// Why a directory cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Flaw {
    /// Where it is.
    pub place: Place,
    /// Which rule is broken.
    pub rule: DirectoryRule,
    /// What is wrong.
    pub problem: String,
    /// What would be accepted.
    pub expected: String,
    /// The name that was probably meant.
    pub near: Option<String>,
}

/// A rule that every directory keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DirectoryRule {
    /// An app has an API Key.
    ApiKeyGiven,
    /// An API Key belongs to one app.
    ApiKeyUnique,
    /// A callback can be redirected to.
    CallbackUsable,
    /// A user name belongs to one user, whatever its capitals.
    UsernameUnique,
    /// An id and an app together belong to one subscription.
    SubscriptionUnique,
    /// An app that is named exists.
    AppKnown,
    /// A method and a path are answered by one resource.
    ResourceUnique,
}

impl Flaw {
    pub(super) fn new(place: Place, rule: DirectoryRule, problem: String, expected: &str) -> Self {
        Self { place, rule, problem, expected: expected.to_owned(), near: None }
    }
}

/// The text about an unknown name: what is wrong, and what would be accepted.
pub(crate) fn unknown_name(kind: &str, name: &str, near: Option<&str>) -> (String, String) {
    let expected =
        near.map_or_else(|| format!("expected a known {kind}"), |near| format!("did you mean {near}?"));
    (format!("no {kind} is called {name:?}"), expected)
}
