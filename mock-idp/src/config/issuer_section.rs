//! The section `[issuer]` of a configuration file: how long things live.

use serde::Deserialize;

use crate::protocol::{lifetimes::Lifetimes, timestamp::Lifetime};

/// The section `[issuer]`. What is left out keeps its default.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(clippy::struct_field_names, reason = "the names are those of the file, which gives units")]
pub(super) struct IssuerSection {
    code_lifetime_seconds: Option<Lifetime>,
    access_token_lifetime_seconds: Option<Lifetime>,
    refresh_token_idle_seconds: Option<Lifetime>,
    session_lifetime_seconds: Option<Lifetime>,
    clock_leeway_seconds: Option<Lifetime>,
}

impl From<IssuerSection> for Lifetimes {
    fn from(section: IssuerSection) -> Self {
        let default = Self::default();
        Self {
            code: section.code_lifetime_seconds.unwrap_or(default.code),
            access_token: section.access_token_lifetime_seconds.unwrap_or(default.access_token),
            // A lifetime that is set applies to both dialects.
            fortellis_user_token: section
                .access_token_lifetime_seconds
                .unwrap_or(default.fortellis_user_token),
            refresh_token_idle: section.refresh_token_idle_seconds.unwrap_or(default.refresh_token_idle),
            session: section.session_lifetime_seconds.unwrap_or(default.session),
            leeway: section.clock_leeway_seconds.unwrap_or(default.leeway),
        }
    }
}
