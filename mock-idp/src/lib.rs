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
//! issuer.advance(Duration::from_secs(61)); // every code has expired, without waiting
//! assert!(issuer.journal().entries().is_empty());
//! # Ok(())
//! # }
//! ```
//!
//! # Where to find what
//!
//! | I want to … | use |
//! |---|---|
//! | advance or freeze the clock | [`Issuer::advance`], [`Clock`] |
//! | make a request fail | [`Issuer::fail_next`], [`fault`] |
//! | check what my app sent | [`Issuer::journal`], [`Journal`], [`Issuer::flows`] |
//! | rotate or add keys | [`Issuer::keys`], [`KeyRing`] |
//! | get tokens without a flow | [`Issuer::mint`], [`TokenOrder`] |
//! | answer a request without a socket | [`MockIdp::answer`] |
//! | serve https | [`MockIdp::start_https_on`], [`Tls`] |
//! | know how Fortellis differs from the standard | [`dialects`] |
//!
//! # The layers
//!
//! ```text
//! protocol                 the terms of OAuth                               pure
//! clock entropy keys       time, random values, signing keys
//! dialect refusal          the claims of tokens, the texts of refusals      pure
//! ledger directory         what is remembered, which apps and users exist   pure
//! authorization grant      rules: from a request to a decision              pure
//! bearer client_authentication gateway fault inspection interaction step    pure
//! config respond journal   settings, HTTP answers, recorded exchanges
//! issuer issuers           one isolated server, and all of them by name
//! endpoint                 one URL in each file                             pure
//! wire pipeline            connections, and the way of a request through the steps
//! control                  the control API for tests: clock, journal, …
//! tls server cli           https, the listener, the program
//! ```
//!
//! A layer uses only layers above it in this list. A test in `tests/it/tidy.rs` checks this.

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
pub use fortellis_service::Limits;
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
