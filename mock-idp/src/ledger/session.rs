//! Sessions of browsers in which a person is signed in.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::bounded::{Bounded, CAPACITY};
use crate::protocol::{
    claims::Person,
    text::SessionId,
    timestamp::{Expiry, Timestamp},
};

/// A person who is signed in in one browser.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct Session {
    /// The person.
    pub person: Person,
    /// When the person typed the password.
    pub auth_time: Timestamp,
    /// Until when the session is live.
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

#[cfg(test)]
mod tests {
    use super::{
        super::sample::{at, sam},
        *,
    };

    fn sessions() -> (Sessions, SessionId, Session) {
        let (mut sessions, id) = (Sessions::default(), SessionId::new("session"));
        let session = Session { person: sam(), auth_time: at(0), expires: Expiry::at(at(60)) };
        sessions.begin(id.clone(), session.clone());
        (sessions, id, session)
    }

    #[test]
    fn a_session_is_live_until_its_expiry_and_not_at_it() {
        let (sessions, id, session) = sessions();
        assert_eq!(sessions.live(&id, at(59)), Some(&session));
        assert_eq!(sessions.live(&id, at(60)), None);
        assert_eq!(sessions.live(&SessionId::new("another"), at(0)), None);
    }

    #[test]
    fn a_session_ends_once() {
        let (mut sessions, id, session) = sessions();
        assert_eq!(sessions.end(&id), Some(session));
        assert_eq!(sessions.live(&id, at(0)), None);
        assert_eq!(sessions.end(&id), None);
    }

    #[test]
    fn a_new_session_replaces_the_one_of_the_same_cookie() {
        let (mut sessions, id, session) = sessions();
        let later = Session { auth_time: at(30), expires: Expiry::at(at(90)), ..session };
        sessions.begin(id.clone(), later.clone());
        assert_eq!(sessions.live(&id, at(60)), Some(&later));
    }
}
