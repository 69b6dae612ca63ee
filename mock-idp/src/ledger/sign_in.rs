//! Sign-in pages that were shown: what their form may be posted for, and by which browser (RFC 6749 §10.12).

use super::Bounded;
use crate::{
    protocol::{
        authorization_request::AuthorizationRequest,
        flow_id::FlowId,
        text::{BrowserId, SignInId},
        timestamp::{Expiry, Timestamp},
    },
    refusal::{Refusal, SignInRefusal},
};

/// A sign-in page that was shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SignIn {
    /// The sign-in attempt.
    pub flow: FlowId,
    /// What the user is to sign in for.
    pub request: AuthorizationRequest,
    /// The browser that got the page.
    pub browser: BrowserId,
    /// Until when the form may be posted.
    pub expires: Expiry,
}

/// The open sign-in pages of an issuer. A page may be posted more than once: a double click and the back button
/// are no attack, and each post needs the password.
#[derive(Debug)]
pub(crate) struct SignIns(Bounded<SignInId, SignIn>);

impl SignIns {
    /// None yet, and never more than `capacity`.
    pub(crate) fn new(capacity: usize) -> Self {
        Self(Bounded::new(capacity))
    }

    /// Remembers a page.
    pub(crate) fn open(&mut self, id: SignInId, sign_in: SignIn) {
        self.0.insert(id, sign_in);
    }

    /// The flow that a page belongs to, open or not.
    pub(crate) fn flow_of(&self, id: &SignInId) -> Option<FlowId> {
        self.0.get(id).map(|sign_in| sign_in.flow)
    }

    /// What a page was opened for, whether or not it is still open, and in whichever browser.
    pub(crate) fn opened_for(&self, id: &SignInId) -> Option<&AuthorizationRequest> {
        self.0.get(id).map(|sign_in| &sign_in.request)
    }

    /// The page that a form belongs to, if it is still open and was shown in this browser.
    pub(crate) fn find(
        &self,
        id: &SignInId,
        browser: Option<&BrowserId>,
        now: Timestamp,
    ) -> Result<&SignIn, Refusal> {
        let sign_in =
            self.0.get(id).filter(|sign_in| sign_in.expires.is_live(now)).ok_or(SignInRefusal::Unknown)?;
        if browser == Some(&sign_in.browser) { Ok(sign_in) } else { Err(SignInRefusal::Elsewhere.into()) }
    }
}
