//! A moment and a person for unit tests.

use crate::protocol::{
    claims::{Claims, Person},
    text::{UserId, Username},
    timestamp::Timestamp,
};

/// The moment so many seconds after the first.
pub(super) fn at(seconds: i64) -> Timestamp {
    Timestamp::from_unix_seconds(1_767_323_045 + seconds).unwrap()
}

pub(super) fn sam() -> Person {
    Person { username: Username::new("sam@example.com"), uid: UserId::new("00u1"), claims: Claims::new() }
}
