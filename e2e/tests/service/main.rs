//! The doctor and the probe, run against the mock and against servers with planted errors.

#![expect(clippy::unwrap_used, reason = "in a test, what is not there fails it")]

mod doctor;
mod probe;
mod stack;
mod stand_in;
#[cfg(target_os = "linux")]
#[path = "../../../fixtures/programs/unread.rs"]
mod unread;
