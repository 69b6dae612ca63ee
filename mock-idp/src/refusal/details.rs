//! The details of a refusal: how it is explained to developers, and the error that the client receives.

use super::{error::ByDialect, explanation::Explanation};

/// All that is said about a refusal. `W` is the error that the client receives.
pub(super) struct Details<W = ByDialect> {
    /// The name of the rule, one of [`super::rule`].
    pub(super) rule: &'static str,
    /// Where the rule is written down.
    pub(super) section: &'static str,
    pub(super) expected: String,
    pub(super) received: String,
    pub(super) remedy: String,
    pub(super) error: W,
}

impl<W> Details<W> {
    /// The same explanation with another error.
    pub(super) fn with<V>(self, error: V) -> Details<V> {
        let Self { rule, section, expected, received, remedy, error: _ } = self;
        Details { rule, section, expected, received, remedy, error }
    }

    /// The part for developers.
    pub(super) fn explanation(self) -> Explanation {
        let Self { rule, section, expected, received, remedy, error: _ } = self;
        Explanation { rule, section, expected, received, remedy }
    }
}
