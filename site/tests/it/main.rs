//! The site from outside: over sockets, as browsers and strangers call it. What the page does is told in `e2e`.

#![expect(clippy::unwrap_used, reason = "in a test, what is not there fails it")]

mod config;
mod page;
mod program;
mod protection;
mod support;
#[cfg(target_os = "linux")]
#[path = "../../../fixtures/programs/unread.rs"]
mod unread;
