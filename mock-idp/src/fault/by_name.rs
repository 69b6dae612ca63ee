//! Faults by name: what can be typed as a user name on the sign-in page, such as `fault:expired@example.com`. Each
//! family lists its own names.

use super::{Kind, answer, callback, connection, document, token};
use crate::protocol::near_miss::nearest;

/// What such a user name begins with.
pub(crate) const PREFIX: &str = "fault:";

/// The names by family.
static GROUPS: [&Group; 5] =
    [&token::BY_NAME, &callback::BY_NAME, &document::BY_NAME, &answer::BY_NAME, &connection::BY_NAME];

/// The names of one family.
#[derive(Debug)]
pub(super) struct Group {
    /// What the faults change.
    pub heading: &'static str,
    pub names: &'static [Named],
}

/// A fault that has a name.
#[derive(Debug)]
pub(crate) struct Named {
    /// What is typed.
    pub name: &'static str,
    /// What happens.
    pub does: &'static str,
    /// What a correct client does about it.
    pub must: &'static str,
    make: fn() -> Kind,
}

impl Named {
    pub(super) const fn new(
        name: &'static str,
        make: fn() -> Kind,
        does: &'static str,
        must: &'static str,
    ) -> Self {
        Self { name, does, must, make }
    }

    /// The fault.
    pub(crate) fn kind(&self) -> Kind {
        (self.make)()
    }
}

/// The fault that a user name stands for. The part behind `@` does not matter. `Err` holds the nearest name if no fault
/// has this one. `None` is another user name.
pub(crate) fn named(username: &str) -> Option<Result<&'static Named, Option<&'static str>>> {
    let name = username.strip_prefix(PREFIX)?.split('@').next().unwrap_or_default();
    let found = all().find(|known| known.name.eq_ignore_ascii_case(name));
    Some(found.ok_or_else(|| nearest(name, all().map(|known| known.name))))
}

/// The names that the sign-in page shows.
pub(crate) fn samples() -> Vec<&'static Named> {
    const SHOWN: [&str; 5] = ["expired", "bad_signature", "wrong_state", "status", "hang"];
    all().filter(|named| SHOWN.contains(&named.name)).collect()
}

/// All names under their headings.
pub(crate) fn groups() -> Vec<(&'static str, Vec<&'static Named>)> {
    GROUPS.iter().map(|group| (group.heading, group.names.iter().collect())).collect()
}

fn all() -> impl Iterator<Item = &'static Named> {
    GROUPS.iter().flat_map(|group| group.names)
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
        let kinds: Vec<Kind> = all().map(Named::kind).collect();
        let is_missing = |kind: Kind| !kinds.contains(&kind);
        assert!(!TokenChange::ALL.into_iter().any(|it| is_missing(Fault::token([it]).kind)));
        assert!(!CallbackChange::ALL.into_iter().any(|it| is_missing(it.into())));
        assert!(!KeysChange::ALL.into_iter().any(|it| is_missing(DocumentFault::Keys(it).into())));
        assert_eq!(kinds.len(), 39);
        for named in all() {
            let kind = named.kind();
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
