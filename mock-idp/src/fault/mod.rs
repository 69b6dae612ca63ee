//! Faults: what can be made to go wrong, where, for whom and how often. Pure.
//!
#![doc = include_str!("../../docs/faults.md")]

mod answer;
mod armed;
mod by_name;
mod callback;
mod document;
mod keys;
mod kind;
mod order;
mod rule;
mod token;
mod wire;

use serde::Serialize;

pub use answer::{OAuthErrorFault, RateLimitFault, StatusFault};
pub use armed::ArmedFault;
pub(crate) use armed::Faults;
pub(crate) use by_name::{Named, PREFIX, groups, named, samples};
pub use callback::CallbackChange;
pub use document::{MetadataChange, UserinfoChange};
pub use keys::KeysChange;
pub use kind::Kind;
pub use order::Fault;
pub(crate) use rule::Occasion;
pub use rule::{Phase, Rule, Times, When};
pub use token::{TokenChange, TokenFault, WhichToken};
pub use wire::{DelayFault, TruncateFault};

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

    /// The same, seen from the rule.
    fn in_fault(self) -> Self {
        Self { field: format!("fault.{}", self.field), ..self }
    }
}

/// The name that JSON gives a value.
fn name_of(value: &impl Serialize) -> String {
    serde_json::to_value(value).ok().and_then(|value| Some(value.as_str()?.to_owned())).unwrap_or_default()
}
