//! The proxy from outside: over sockets, against upstreams that record what they are sent.

#![expect(clippy::unwrap_used, reason = "in a test, what is not there fails it")]

mod api;
mod config;
mod cors;
mod faults;
mod foreign_pages;
mod health;
mod program;
mod refresh;
mod secrecy;
mod service_token;
mod subscriptions;
mod support;
mod token;
#[cfg(target_os = "linux")]
#[path = "../../../fixtures/programs/unread.rs"]
mod unread;
mod upstream_failures;
mod with_the_mock;
