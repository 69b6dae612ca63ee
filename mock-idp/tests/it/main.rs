//! The mock over HTTP: one file per endpoint and story. Each test starts from a valid request and spoils one thing.

mod authorize;
mod health;
mod implicit;
mod issuers;
mod keys;
mod logout;
mod metadata;
mod pages;
mod refused;
mod sessions;
mod sign_in;
mod support;
