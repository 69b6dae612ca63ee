//! Where a request goes upstream, for messages about it.

use std::fmt;

use fortellis_service::is_loopback;

/// An address upstream, and the setting that it comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Target {
    pub(crate) url: String,
    pub(crate) setting: &'static str,
}

impl Target {
    /// What to do when nothing answers there.
    pub(crate) fn remedy(&self) -> String {
        if is_loopback(&self.url) {
            "Is the mock running? cargo run -p mock-idp".to_owned()
        } else {
            format!("Is {} right, and the network up?", self.setting)
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.url)
    }
}
