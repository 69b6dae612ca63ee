//! What an endpoint decides: an answer that is not written yet, and what the journal should know of it.

use http::StatusCode;
use serde_json::Value;

use super::cookies::CookieChange;
use crate::{
    dialect::Dialect,
    fault::Kind,
    grant::Issuance,
    interaction::{AuthorizeOutcome, Granted, SignedIn},
    journal::Note,
    protocol::{
        authorization_request::Callback, claims::Claims, metadata::Document, redirect_uri::RedirectUri,
    },
    refusal::{GatewayRefusal, Refusal},
    respond::{FaultsPage, Response, SignInPage, SignedOutPage},
    step::Step,
};

/// What an endpoint decides.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) answer: Answer,
    pub(crate) note: Note,
    pub(crate) cookie: Option<CookieChange>,
    /// A fault that a user name has ordered for this very answer.
    pub(crate) fault: Option<Kind>,
}

/// An answer, not signed and not written yet.
#[derive(Debug)]
pub(crate) enum Answer {
    /// The public keys.
    Keys,
    /// The issuer's metadata.
    Metadata {
        document: Document,
        /// Whether every app gets `iss` at its callback.
        iss_parameter: bool,
    },
    /// JSON that no cache keeps.
    Json(Value),
    /// Claims about the person (OpenID Connect Core §5.3.2).
    Userinfo(Claims),
    /// Tokens (RFC 6749 §5.1).
    Tokens(Box<Issuance>),
    /// A successful answer at the callback.
    Granted(Box<Granted>),
    /// An error at the callback.
    CallbackError { callback: Callback, refusal: Refusal, dialect: Dialect },
    /// The browser goes to an address with the client's `state`.
    Redirect { uri: RedirectUri, state: Option<String> },
    /// The sign-in page.
    SignIn(StatusCode, Box<SignInPage>),
    /// The list of the faults that a user name can order.
    Faults(FaultsPage),
    /// The page after signing out.
    SignedOut(SignedOutPage),
    /// A page that tells the person why the request is refused.
    RefusalPage(Refusal, Dialect),
    /// An error as JSON; `error_id` is for Okta's envelope.
    Error { refusal: Refusal, dialect: Dialect, error_id: String },
    /// A refused bearer token (RFC 6750 §3).
    BearerError(Refusal),
    /// An answer that is written already.
    Written(Response),
    /// An answer of the API gateway, or of the Subscriptions API.
    Gateway { answer: GatewayAnswer, request_id: String },
}

/// What the API gateway answers.
#[derive(Debug)]
pub(crate) enum GatewayAnswer {
    /// The sample resource that is configured.
    Resource(u16, Option<Value>),
    /// JSON that the mock itself makes.
    Json(Value),
    /// A refusal.
    Refused(GatewayRefusal),
}

impl Reply {
    pub(super) fn new(answer: Answer, note: Note) -> Self {
        Self { answer, note, cookie: None, fault: None }
    }

    /// A refusal as JSON, worded for an app of this dialect.
    pub(super) fn error(refusal: Refusal, dialect: Dialect, note: Note, step: &mut Step<'_>) -> Self {
        let note = note.refusal(&refusal);
        Self::new(Answer::Error { refusal, dialect, error_id: step.entropy.error_id() }, note)
    }

    /// The refusal of a method that an endpoint does not take.
    pub(crate) fn method_not_allowed(refusal: Refusal, step: &mut Step<'_>) -> Self {
        let common_dialect = step.directory.common_dialect();
        Self::error(refusal, common_dialect, Note::default(), step)
    }

    /// An answer that is written already.
    pub(crate) fn written(response: Response) -> Self {
        Self::new(Answer::Written(response), Note::default())
    }

    /// A refusal as a page.
    pub(super) fn refusal_page(refusal: Refusal, dialect: Dialect, note: Note) -> Self {
        let note = note.refusal(&refusal);
        Self::new(Answer::RefusalPage(refusal, dialect), note)
    }

    /// What an authorization request comes to.
    pub(super) fn outcome(outcome: AuthorizeOutcome, note: Note) -> Self {
        match outcome {
            AuthorizeOutcome::Page(refusal, dialect) => Self::refusal_page(refusal, dialect, note),
            AuthorizeOutcome::Refused { callback, refusal, dialect } => {
                let note = note.refusal(&refusal);
                Self::new(Answer::CallbackError { callback, refusal, dialect }, note)
            }
            AuthorizeOutcome::Granted(granted) => {
                let note = note.gave(granted.gives.names());
                Self::new(Answer::Granted(Box::new(granted)), note)
            }
        }
    }

    /// A sign-in that has just succeeded: the browser keeps the session.
    pub(super) fn signed_in(signed_in: SignedIn, note: Note) -> Self {
        let SignedIn { session, username, outcome } = signed_in;
        // A refused user is not noted as signed in.
        let note = if session.is_some() { note.user(Some(username)) } else { note };
        Self::outcome(outcome, note).with_cookie(session.map(CookieChange::KeepSession))
    }

    pub(super) fn with_cookie(self, cookie: Option<CookieChange>) -> Self {
        Self { cookie, ..self }
    }
}
