//! The control API, `{issuer}/_mock/…`: what a test sets and reads while the mock runs. Each resource has its own file.
//!
//! Requests and answers are JSON. Errors are problem details (RFC 9457). The journal does not record its calls.

mod apps;
mod at;
mod clock;
mod deliver;
mod duplicate;
mod events;
mod faults;
mod flows;
mod guard;
mod input;
mod issuers;
mod journal;
mod keys;
mod openapi;
mod problem;
mod put;
mod resources;
mod router;
mod seed;
mod sign_in;
mod state;
mod subscriptions;
mod tokens;
mod users;

pub use openapi::control_api;
pub(crate) use router::router;
