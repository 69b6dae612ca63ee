//! Faults: what goes wrong on request, where, for whom and how often. Pure.
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
mod kind;
mod new_fault;
mod order;
mod times;
mod token;
mod when;
mod written;

use serde::Serialize;

pub use answer::{AnswerFault, OAuthErrorFault, RateLimitFault, StatusFault};
pub use armed::ArmedFault;
pub(crate) use armed::Faults;
pub(crate) use by_name::{Named, PREFIX, groups, named, samples};
pub use callback::CallbackChange;
pub use connection::{ConnectionFault, DelayFault, TruncateFault};
pub use document::{DocumentFault, KeysChange, MetadataChange, UserinfoChange};
pub use kind::Kind;
pub use new_fault::{NewFault, Phase};
pub use order::Fault;
pub use times::Times;
pub use token::{TokenChange, TokenFault, WhichToken};
pub(crate) use when::RequestFacts;
pub use when::When;

/// What makes a fault impossible.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Flaw {
    /// The field.
    pub field: String,
    /// What is wrong with it.
    pub problem: String,
    /// What would be accepted.
    pub expected: String,
}

impl Flaw {
    fn new(field: &str, problem: String, expected: &str) -> Self {
        Self { field: field.to_owned(), problem, expected: expected.to_owned() }
    }

    /// The same flaw, seen from the object that holds the fault.
    fn in_fault(self) -> Self {
        Self { field: format!("fault.{}", self.field), ..self }
    }
}

/// The name that JSON gives a value.
fn name_of(value: &impl Serialize) -> String {
    serde_json::to_value(value).ok().and_then(|value| Some(value.as_str()?.to_owned())).unwrap_or_default()
}
