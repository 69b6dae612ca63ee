//! Faults: what the mock does wrong on request, at which endpoint, for which requests, and how often. Pure.
//!
//! A fault belongs to one of five families: `answer`, `connection`, `token`, `callback`, `document`. A new
//! fault is a few lines in the file of its family.
//!
#![doc = include_str!("../../docs/faults.md")]

mod answer;
mod armed;
mod by_name;
mod callback;
mod connection;
mod document;
mod flaw;
mod kind;
mod named;
mod new_fault;
mod order;
mod phase;
mod times;
mod token;
mod when;
mod written;

pub use answer::{AnswerFault, OAuthErrorFault, RateLimitFault, StatusFault};
pub use armed::ArmedFault;
pub(crate) use armed::Faults;
pub(crate) use by_name::{NamedFault, PREFIX, groups, named, samples};
pub use callback::CallbackChange;
pub use connection::{ConnectionFault, DelayFault, TruncateFault};
pub use document::{DocumentFault, KeysChange, MetadataChange, UserinfoChange};
pub use kind::Kind;
pub use new_fault::NewFault;
pub use order::Fault;
pub use phase::Phase;
pub use times::Times;
pub use token::{TokenChange, TokenFault, WhichToken};
pub(crate) use when::RequestFacts;
pub use when::When;
