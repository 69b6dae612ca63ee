//! Faults by name: what can be typed as a user name on the sign-in page, such as `fault:expired@example.com`. Each
//! family lists its own names.

use std::sync::LazyLock;

use super::{
    answer, callback, connection, document,
    kind::Kind,
    named::{Group, Named},
    token,
};
use crate::protocol::near_miss::nearest;

/// What such a user name begins with.
pub(crate) const PREFIX: &str = "fault:";

/// The faults by family.
static GROUPS: LazyLock<[(&'static str, Vec<NamedFault>); 5]> = LazyLock::new(|| {
    [
        faults_of(&token::BY_NAME),
        faults_of(&callback::BY_NAME),
        faults_of(&document::BY_NAME),
        faults_of(&answer::BY_NAME),
        faults_of(&connection::BY_NAME),
    ]
});

/// A fault with a name.
#[derive(Debug)]
pub(crate) struct NamedFault {
    /// What is typed.
    pub name: &'static str,
    /// What happens.
    pub does: &'static str,
    /// What a correct client does about it.
    pub must: &'static str,
    /// The fault.
    pub kind: Kind,
}

/// The heading of a family, and its named faults.
fn faults_of<F: Into<Kind>>(group: &Group<F>) -> (&'static str, Vec<NamedFault>) {
    let faults = group.names.iter().map(|named| {
        let Named { name, make, does, must } = *named;
        NamedFault { name, does, must, kind: make().into() }
    });
    (group.heading, faults.collect())
}

/// The fault that a user name orders. The part after `@` does not matter. `Err` holds the nearest name if no fault
/// has this name. `None` means an ordinary user name.
pub(crate) fn named(username: &str) -> Option<Result<&'static NamedFault, Option<&'static str>>> {
    let name = username.strip_prefix(PREFIX)?.split('@').next().unwrap_or_default();
    let found = all().find(|known| known.name.eq_ignore_ascii_case(name));
    Some(found.ok_or_else(|| nearest(name, all().map(|known| known.name))))
}

/// The names that the sign-in page shows.
pub(crate) fn samples() -> Vec<&'static NamedFault> {
    const SHOWN: [&str; 5] = ["expired", "bad_signature", "wrong_state", "status", "hang"];
    all().filter(|named| SHOWN.contains(&named.name)).collect()
}

/// All names under their headings.
pub(crate) fn groups() -> Vec<(&'static str, Vec<&'static NamedFault>)> {
    GROUPS.iter().map(|(heading, faults)| (*heading, faults.iter().collect())).collect()
}

fn all() -> impl Iterator<Item = &'static NamedFault> {
    GROUPS.iter().flat_map(|(_, faults)| faults)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        fault::{CallbackChange, Fault, KeysChange, NewFault, TokenChange, document::DocumentFault},
        protocol::endpoint::Endpoint,
    };

    #[test]
    fn every_change_has_its_name() {
        let kinds: Vec<Kind> = all().map(|named| named.kind.clone()).collect();
        let is_missing = |kind: Kind| !kinds.contains(&kind);
        assert!(!TokenChange::ALL.into_iter().any(|it| is_missing(Fault::token([it]).kind)));
        assert!(!CallbackChange::ALL.into_iter().any(|it| is_missing(it.into())));
        assert!(!KeysChange::ALL.into_iter().any(|it| is_missing(DocumentFault::Keys(it).into())));
        assert_eq!(kinds.len(), 39);
        for named in all() {
            let kind = named.kind.clone();
            let endpoint = if kind.endpoints().contains(&Endpoint::Token) {
                Endpoint::Token
            } else {
                kind.endpoints()[0]
            };
            assert_eq!(NewFault::new(endpoint, Fault::from(kind)).flaw(), None, "{}", named.name);
        }
    }

    #[test]
    fn a_user_name_stands_for_a_fault_and_a_typing_error_is_seen() {
        let name = |text: &str| named(text).map(|found| found.map(|named| named.name));
        assert_eq!(name("fault:expired@example.com"), Some(Ok("expired")));
        assert_eq!(name("fault:Expired"), Some(Ok("expired")));
        assert_eq!(name("fault:expird@example.com"), Some(Err(Some("expired"))));
        assert_eq!(name("fault:@example.com"), Some(Err(None)));
        assert_eq!(name("subscriber@example.com"), None);
    }
}
