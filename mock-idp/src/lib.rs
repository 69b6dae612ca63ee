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
//! # Where to find what
//!
//! | I want to … | use |
//! |---|---|
//! | let time pass, or stand still | [`Issuer::advance`], [`Clock`] |
//! | see my app meet a failure | [`Issuer::fail_next`], [`fault`] |
//! | prove what my app sent | [`Issuer::journal`], [`Journal`], [`Issuer::flows`] |
//! | rotate or add keys | [`Issuer::keys`], [`KeyRing`] |
//! | have tokens without a flow | [`Issuer::mint`], [`TokenOrder`] |
//! | answer a request without a socket | [`MockIdp::answer`] |
//! | serve https | [`MockIdp::start_https_on`], [`Tls`] |
//! | know how Fortellis differs from the standard | [`dialects`] |
//!
//! # The layers
//!
//! ```text
//! protocol                 the words of OAuth                               pure
//! clock entropy keys       time, chance, what signs
//! dialect refusal          the claims of tokens, the wording of refusals    pure
//! ledger directory         what is remembered, who exists                   pure
//! authorization grant      rules: from a request to a decision              pure
//! bearer client_authentication interaction gateway fault inspection         pure
//! config respond journal   settings; values to HTTP; what was asked and answered
//! issuer issuers           one isolated server; all of them by name
//! extract                  HTTP to values
//! endpoint                 one URL, one file
//! control                  the same, for those who test: clock, journal, …
//! server cli               a listener and a router; the program
//! wire tls                 connections, plain and encrypted: wire knows no layer, tls only protocol and wire
//! ```
//!
//! Which layer may name which is written down, and checked, in `tests/it/tidy.rs`.

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
pub mod fault;
mod gateway;
mod grant;
mod inspection;
mod interaction;
mod issuer;
mod issuers;
mod journal;
mod keys;
mod ledger;
mod pipeline;
mod protocol;
mod refusal;
mod respond;
mod server;
mod step;
mod tls;
mod wire;

#[doc = include_str!("../docs/dialects.md")]
pub mod dialects {}

pub use clock::{Clock, Reading};
pub use config::{Config, ConfigError, ConfigFlaw, ISSUER_LIMIT};
pub use control::control_api;
pub use dialect::Dialect;
pub use directory::{
    App, Directory, Leniency, Organization, PathTemplate, Resource, ResourceMethod, ResourceStatus,
    Subscription, SubscriptionStatus, User,
};
pub use fault::Fault;
pub use gateway::{BadTokenStatus, GatewayRules};
pub use grant::{OrderError, TokenOrder};
pub use issuer::Issuer;
pub use journal::{
    AppliedFault, DEFAULT_WAIT, Entry, ExpectationError, Flow, FlowStatus, FlowStep, Journal, Omission,
    Outcome, RecordedAnswer, RecordedBody, RecordedRequest,
};
pub use keys::{HeldKey, KeyRing, KeyRingError, KeyStatus, OldKey, Rotation, SigningKey, When};
pub use ledger::SignInMode;
pub use protocol::{
    claims::Claims,
    endpoint::Endpoint,
    flow_id::FlowId,
    grant_type::GrantType,
    jwk::{Jwk, JwkSet},
    jwt::{TokenType, Unverified},
    lifetimes::Lifetimes,
    redirect_uri::RegisteredUri,
    scope::{MalformedScope, Scope},
    text::{ApiKey, ApiSecret, KeyId, Password, RefreshToken, SubscriptionId, UserId, Username},
    timestamp::{Lifetime, Timestamp},
};
pub use refusal::Explanation;
pub use respond::TokenAnswer;
pub use server::MockIdp;
pub use tls::{Tls, TlsError};
