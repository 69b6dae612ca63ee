//! The mock over HTTP: one file per endpoint and story. Each test starts from a valid request and spoils one thing.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod cases_b;
mod claims;
mod client_authentication;
mod client_credentials;
mod health;
mod independent_clients;
mod introspect;
mod pkce;
mod properties;
mod published_tokens;
mod refresh;
mod refused;
mod revoke;
mod rust_api;
mod support;
mod token;
mod userinfo;
