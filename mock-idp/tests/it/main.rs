//! The mock over HTTP: one file per endpoint and story. Each test starts from a valid request and spoils one thing.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod control_apps;
mod control_clock;
mod control_guard;
mod control_issuers;
mod control_journal;
mod control_keys;
mod control_sign_in;
mod control_state;
mod control_subscriptions;
mod control_users;
mod gateway;
mod health;
mod subscriptions;
mod support;
