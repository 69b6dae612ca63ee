//! A browser as a person uses it. Every method waits for what it needs, twenty seconds at most, and panics with what
//! the page shows when that does not come: a scenario is a list of such calls, without a `sleep` and without a `?`.

mod accessibility;
mod actions;
mod command;
mod open;
mod options;
mod session;
mod target;
mod wait;

pub(crate) use wait::EVIDENCE_TIMEOUT;

pub use accessibility::Violation;
pub use actions::Tab;
pub use fantoccini::key::Key;
pub use options::BrowserOptions;
pub use session::Browser;
pub use target::Target;
