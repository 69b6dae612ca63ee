//! Sign-in pages that were shown, each for one authorization request and one browser (RFC 6749 §10.12).

use super::bounded::Bounded;
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
    /// The authorization request that the person signs in for.
    pub request: AuthorizationRequest,
    /// The browser that got the page.
    pub browser: BrowserId,
    /// Until when the form may be posted.
    pub expires: Expiry,
}

/// The sign-in pages of an issuer. The form of a page may be posted more than once: a double click or the back button
/// is not an attack, and each post needs the password.
#[derive(Debug)]
pub(crate) struct SignIns(Bounded<SignInId, SignIn>);

impl SignIns {
    /// No pages yet, and never more than `capacity`.
    pub(crate) fn new(capacity: usize) -> Self {
        Self(Bounded::new(capacity))
    }

    /// Remembers a page.
    pub(crate) fn open(&mut self, id: SignInId, sign_in: SignIn) {
        self.0.insert(id, sign_in);
    }

    /// The flow that a page belongs to, expired or not.
    pub(crate) fn flow_of(&self, id: &SignInId) -> Option<FlowId> {
        self.0.get(id).map(|sign_in| sign_in.flow)
    }

    /// The request that a page was shown for, expired or not, in any browser.
    pub(crate) fn opened_for(&self, id: &SignInId) -> Option<&AuthorizationRequest> {
        self.0.get(id).map(|sign_in| &sign_in.request)
    }

    /// The page that a form belongs to, if it has not expired and was shown in this browser.
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

#[cfg(test)]
mod tests {
    use super::{super::sample::at, *};

    fn sign_in() -> SignIn {
        SignIn {
            flow: FlowId::new(7),
            request: AuthorizationRequest::tutorial(),
            browser: BrowserId::new("browser"),
            expires: Expiry::at(at(3600)),
        }
    }

    fn pages() -> (SignIns, SignInId) {
        let (mut pages, id) = (SignIns::new(10), SignInId::new("page"));
        pages.open(id.clone(), sign_in());
        (pages, id)
    }

    fn rule(found: Result<&SignIn, Refusal>) -> &'static str {
        found.unwrap_err().explain().rule
    }

    #[test]
    fn a_form_can_be_posted_by_its_browser_until_the_page_expires() {
        let (pages, id) = pages();
        let browser = BrowserId::new("browser");
        for _ in 0..2 {
            assert_eq!(pages.find(&id, Some(&browser), at(3599)), Ok(&sign_in()), "more than once");
        }
        assert_eq!(rule(pages.find(&id, Some(&browser), at(3600))), "sign_in_unknown");
        assert_eq!(rule(pages.find(&SignInId::new("another"), Some(&browser), at(0))), "sign_in_unknown");
    }

    #[test]
    fn another_browser_cannot_post_the_form() {
        let (pages, id) = pages();
        for browser in [None, Some(BrowserId::new("another"))] {
            assert_eq!(rule(pages.find(&id, browser.as_ref(), at(0))), "sign_in_elsewhere");
        }
        let elsewhere_and_expired = pages.find(&id, None, at(3600));
        assert_eq!(rule(elsewhere_and_expired), "sign_in_unknown", "the expiry is checked first");
    }

    #[test]
    fn flow_and_request_of_a_page_are_known_without_a_browser() {
        let (pages, id) = pages();
        assert_eq!(pages.flow_of(&id), Some(FlowId::new(7)));
        assert_eq!(pages.opened_for(&id), Some(&sign_in().request));
        let another = SignInId::new("another");
        assert_eq!((pages.flow_of(&another), pages.opened_for(&another)), (None, None));
    }
}
