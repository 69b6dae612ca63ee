//! A mock of Fortellis' authorization server, for tests and local development. Never for production: its keys are
//! public knowledge.
//!
//! ```
//! use std::time::Duration;
//! use mock_idp::MockIdp;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> std::io::Result<()> {
//! let idp = MockIdp::start().await?; // a free port, ready when it returns, stops when dropped
//! let issuer = idp.issuer("sign-in-test"); // isolated: apps, users, clock and journal of its own
//! println!("{}/v1/authorize", issuer.url());
//! issuer.advance(Duration::from_secs(61)); // every code has expired, and nobody has waited
//! assert!(issuer.journal().entries().is_empty());
//! # Ok(())
//! # }
//! ```
//!
//! # The layers
//!
//! ```text
//! protocol                 the words of OAuth                               pure
//! ledger directory dialect what is remembered, who exists, how it is worded pure
//! authorization grant      rules: from a request to a decision              pure
//! gateway interaction bearer client_authentication
//! issuer issuers           one isolated server; all of them by name         locks, and nothing else does
//! extract respond          HTTP to values, values to HTTP
//! endpoint                 one URL, one file
//! control                  the same, for those who test: clock, journal, …
//! server tls               a listener and a router
//! ```
//!
//! A layer knows those above it and never one below; `tests/it/tidy.rs` holds it to that.

mod authorization;
mod bearer;
pub mod cli;
mod client_authentication;
mod clock;
mod config;
mod control;
mod dialect;
mod directory;
mod endpoint;
mod entropy;
mod extract;
mod gateway;
mod grant;
mod interaction;
mod issuer;
mod issuers;
mod journal;
mod keys;
mod ledger;
pub mod protocol;
mod respond;
mod server;
mod tls;

pub use clock::{Clock, Reading};
pub use config::{Config, ConfigError, ISSUER_LIMIT};
pub use control::control_api;
pub use dialect::Dialect;
pub use directory::{
    App, Directory, Leniency, Organization, PathTemplate, Resource, ResourceMethod, ResourceStatus,
    Subscription, SubscriptionStatus, User,
};
pub use gateway::{BadTokenStatus, GatewayRules};
pub use issuer::Issuer;
pub use journal::{
    Entry, Flow, FlowStatus, FlowStep, Journal, LeftOut, Outcome, PATIENCE, RecordedAnswer, RecordedBody,
    RecordedRequest, Unmet,
};
pub use keys::{
    HeldKey, KeyError, KeyMaterial, KeyRing, KeyRingError, KeyStatus, OldKey, Rotation, SigningKey, When,
};
pub use ledger::SignInMode;
pub use protocol::{
    claims::{Claims, Person},
    endpoint::Endpoint,
    flow_id::FlowId,
    grant_type::GrantType,
    jwk::{Jwk, JwkSet},
    jwt::{TokenType, Unverified},
    lifetimes::Lifetimes,
    redirect_uri::RegisteredUri,
    refusal::Explanation,
    scope::Scope,
    text::{ApiKey, ApiSecret, KeyId, Password, SubscriptionId, UserId, Username},
    timestamp::{Expiry, Lifetime, Timestamp},
};
pub use server::MockIdp;
pub use tls::{Tls, TlsError};
