//! The mock over HTTP: one file per endpoint and story. Each test starts from a valid request and spoils one thing.

mod authorize;
mod health;
mod keys;
mod logout;
mod metadata;
mod refused;
mod sessions;
mod sign_in;
mod support;
