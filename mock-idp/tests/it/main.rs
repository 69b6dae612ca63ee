//! The mock over HTTP: one file per endpoint and story. Each test starts from a valid request and spoils one thing.

#![expect(clippy::unwrap_used, reason = "in a test, what is not there fails it")]

mod authorize;
mod cases;
mod health;
mod implicit;
mod issuers;
mod keys;
mod logout;
mod metadata;
mod pages;
mod refused_authorization;
mod sessions;
mod sign_in;
mod support;
mod tidy;
