//! Sessions: browsers in which somebody is signed in.

use serde::{Deserialize, Serialize};

use super::{Bounded, CAPACITY};
use utoipa::ToSchema;

use crate::protocol::{
    claims::Person,
    text::SessionId,
    timestamp::{Expiry, Timestamp},
};

/// Somebody signed in, in one browser.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct Session {
    /// Who.
    pub person: Person,
    /// When the password was typed.
    pub auth_time: Timestamp,
    /// Until when it counts.
    pub expires: Expiry,
}

/// The sessions of an issuer.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Sessions(Bounded<SessionId, Session>);

impl Default for Sessions {
    fn default() -> Self {
        Self(Bounded::new(CAPACITY))
    }
}

impl Sessions {
    /// Begins a session.
    pub(crate) fn begin(&mut self, id: SessionId, session: Session) {
        self.0.insert(id, session);
    }

    /// The session of this cookie, if it is live.
    pub(crate) fn live(&self, id: &SessionId, now: Timestamp) -> Option<&Session> {
        self.0.get(id).filter(|session| session.expires.is_live(now))
    }

    /// Ends a session.
    pub(crate) fn end(&mut self, id: &SessionId) -> Option<Session> {
        self.0.remove(id)
    }
}
