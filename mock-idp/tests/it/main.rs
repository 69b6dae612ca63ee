//! The mock as its clients see it: one file per endpoint or subject. Each test starts from a valid request and changes
//! one thing. Most requests are answered in process; a socket is used where the connection is the subject.

#![expect(clippy::unwrap_used, reason = "in a test, what is not there fails it")]

mod authorize;
mod cases;
mod claims;
mod cli_check;
mod cli_decode;
mod cli_init;
mod cli_token;
mod client_authentication;
mod client_credentials;
mod control_apps;
mod control_clock;
mod control_deliver;
mod control_faults;
mod control_flows;
mod control_guard;
mod control_issuers;
mod control_journal;
mod control_keys;
mod control_openapi;
mod control_seed;
mod control_sign_in;
mod control_state;
mod control_subscriptions;
mod control_tokens;
mod control_users;
mod described;
mod dialects;
mod faults;
mod faults_and_clients;
mod gateway;
mod health;
mod implicit;
mod in_process;
mod independent_clients;
mod introspect;
mod isolation;
mod issuers;
mod keys;
mod large_bodies;
mod logout;
mod metadata;
mod pages;
mod pkce;
mod program;
mod properties;
mod published_tokens;
mod refresh;
mod refused;
mod refused_authorization;
mod revoke;
mod rust_api;
mod sessions;
mod sign_in;
mod subscriptions;
mod support;
mod tidy;
mod tls;
mod token;
mod token_cases;
#[cfg(target_os = "linux")]
#[path = "../../../fixtures/programs/unread.rs"]
mod unread;
mod userinfo;
