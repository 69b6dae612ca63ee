//! The journal: every exchange with an issuer, with its outcome and the reason for each refusal.

mod buffer;
mod entry;
mod expect;
mod filter;
mod flow;
mod har;
mod mask;
mod message;
mod note;
mod pairs;
mod record;
mod secret;
mod store;

pub(crate) use buffer::CAPACITY;
pub use entry::{AppliedFault, Entry, Outcome};
pub use expect::{DEFAULT_WAIT, ExpectationError};
pub(crate) use filter::Filter;
pub use flow::{Flow, FlowStatus, FlowStep};
pub(crate) use har::Har;
pub(crate) use mask::Mask;
pub(crate) use message::BODY_LIMIT;
pub use message::{Omission, RecordedAnswer, RecordedBody, RecordedRequest};
pub(crate) use note::Note;
pub(crate) use record::{ExchangeParts, KeptBody, Record};
pub(crate) use secret::FLOW_CREDENTIALS;
pub(crate) use store::Excerpt;
pub use store::Journal;
