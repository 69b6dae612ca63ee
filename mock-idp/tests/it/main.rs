//! The mock over HTTP: one file per endpoint and story. Each test starts from a valid request and spoils one thing.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod control_clock;
mod control_guard;
mod control_journal;
mod gateway;
mod health;
mod subscriptions;
mod support;
