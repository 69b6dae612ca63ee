//! `GET` and `POST /sign-in/{page}`: the form of the sign-in page.
//!
//! A form counts only for a page that is open and in the browser that was shown it, so that nobody can be signed
//! in by a form from elsewhere (RFC 6749 §10.12).

use std::collections::HashMap;

use axum::{
    extract::Path,
    http::{HeaderMap, Method, StatusCode},
    response::Response,
    routing::get,
};

use super::{
    Endpoint, Route,
    authorize::{Answer, Decision, answer, respond},
    faults::Sabotage,
};
use crate::{
    directory::User,
    extract::{Cookies, Form, FormRequest, IssuerAt},
    fault::{DocumentFault, Kind, Named, NewFault, PREFIX, Phase, Times, When, groups, named, samples},
    issuer::{Issuer, Step},
    journal::Note,
    ledger::{Found, Session, SignInMode},
    protocol::{
        authorization_request::AuthorizationRequest,
        flow_id::FlowId,
        params::Params,
        text::{Password, SignInId},
        timestamp::Expiry,
    },
    refusal::SignInRefusal,
    respond::{FaultsPage, SignInPage, html, refusal_page},
};

/// Below the issuer.
pub(super) const PATH: &str = "/sign-in/{page}";

/// The same words for a wrong password and for a user who does not exist.
const WRONG: &str = "Unable to sign in. The user name or the password is wrong.";

/// The page that lists the faults which can be typed as a user name.
pub(super) const FAULTS_PATH: &str = "/sign-in/faults";

pub(super) fn route() -> Route {
    get(show).post(submit)
}

pub(super) fn faults_route() -> Route {
    get(faults)
}

async fn faults(IssuerAt(issuer): IssuerAt) -> Response {
    html(StatusCode::OK, &FaultsPage { issuer: issuer.name().to_owned(), prefix: PREFIX, groups: groups() })
}

/// What a posted form ends in.
enum Submitted {
    /// The page again.
    Again(Box<SignInPage>),
    /// Signed in, cancelled, or no such page.
    Other(Box<Decision>),
    /// Signed in, and the callback goes wrong as the user name has ordered.
    Sabotaged(Box<Decision>, Kind),
}

/// The sign-in page for a request, with the user name that was typed, or else the one that the request suggests.
pub(super) fn page(
    issuer: &Issuer,
    step: &Step<'_>,
    id: &SignInId,
    request: &AuthorizationRequest,
    typed: Option<&str>,
    message: Option<&str>,
) -> SignInPage {
    let app = step.directory.app(&request.api_key);
    let hinted = || {
        let uid = request.hinted_user.as_ref()?;
        step.directory
            .users
            .iter()
            .find(|user| user.person().uid == *uid)
            .map(|user| user.username.to_string())
    };
    let username =
        typed.map(str::to_owned).or_else(|| request.login_hint.clone()).or_else(hinted).unwrap_or_default();
    SignInPage {
        app_name: app.map(|app| app.name.clone()).unwrap_or_default(),
        website: app.map(|app| app.website.clone()).unwrap_or_default(),
        issuer: issuer.name().to_owned(),
        action: format!("{}/sign-in/{}", issuer.url(), id.expose()),
        username,
        message: message.map(str::to_owned),
        scopes: request.scope.iter().map(str::to_owned).collect(),
        hint: step
            .directory
            .users
            .iter()
            .take(2)
            .map(|user| (user.username.to_string(), user.password.expose().to_owned()))
            .collect(),
        faults: samples(),
        all_faults: format!("{}{FAULTS_PATH}", issuer.url()),
    }
}

/// Shows an open page again, for who reloads it.
async fn show(
    IssuerAt(issuer): IssuerAt,
    Path(mut path): Path<HashMap<String, String>>,
    headers: HeaderMap,
) -> Response {
    let id = SignInId::new(path.remove("page").unwrap_or_default());
    let browser = Cookies::of(&headers).browser();
    let shown = issuer.step(|step| {
        let request = match step.ledger.sign_ins.find(&id, browser.as_ref(), step.now) {
            Ok(sign_in) => sign_in.request.clone(),
            Err(refusal) => return Err((refusal, step.directory.house_dialect())),
        };
        Ok(page(&issuer, &step, &id, &request, None, None))
    });
    match shown {
        Ok(page) => Note::default().asked().on(html(StatusCode::OK, &page)),
        Err((refusal, dialect)) => Note::default().refusal(&refusal).on(refusal_page(&refusal, dialect)),
    }
}

async fn submit(
    IssuerAt(issuer): IssuerAt,
    Path(mut path): Path<HashMap<String, String>>,
    sabotage: Sabotage,
    Form(request): Form,
) -> Response {
    let request = match request.and_then(FormRequest::without_json) {
        Ok(request) => request,
        Err(refusal) => {
            let dialect = issuer.step(|step| step.directory.house_dialect());
            let page = Decision::Page(refusal, dialect);
            return respond(&issuer, &Method::POST, page, Note::default(), &sabotage);
        }
    };
    let id = SignInId::new(path.remove("page").unwrap_or_default());
    let cookies = Cookies::of(&request.headers);
    let mut note = Note::default().params(&request.body);
    let submitted =
        issuer.step(|mut step| decide(&id, &request.body, &cookies, &issuer, &mut step, &mut note));
    match submitted {
        Submitted::Again(page) => note.on(html(StatusCode::UNAUTHORIZED, &*page)),
        Submitted::Other(decision) => respond(&issuer, &Method::POST, *decision, note, &sabotage),
        Submitted::Sabotaged(decision, kind) => {
            let ordered = Sabotage::ordered(kind);
            ordered.noted_on(respond(&issuer, &Method::POST, *decision, note, &ordered))
        }
    }
}

fn decide(
    id: &SignInId,
    form: &Params,
    cookies: &Cookies,
    issuer: &Issuer,
    step: &mut Step<'_>,
    note: &mut Note,
) -> Submitted {
    let (flow, request) = match step.ledger.sign_ins.find(id, cookies.browser().as_ref(), step.now) {
        Ok(sign_in) => (sign_in.flow, sign_in.request.clone()),
        Err(refusal) => {
            return Submitted::Other(Box::new(Decision::Page(refusal, step.directory.house_dialect())));
        }
    };
    *note = std::mem::take(note).app(Some(request.api_key.clone()));
    if form.get("action") == Some("cancel") {
        let dialect = step.directory.dialect_of(step.directory.app(&request.api_key));
        return Submitted::Other(Box::new(Decision::Error(
            request.callback,
            SignInRefusal::Cancelled.into(),
            dialect,
        )));
    }
    let typed = form.get("username").unwrap_or_default().trim();
    let password = Password::new(form.get("password").unwrap_or_default());
    let again = |step: &Step<'_>, message: &str| {
        Submitted::Again(Box::new(page(issuer, step, id, &request, Some(typed), Some(message))))
    };
    let Some(user) = step.directory.authenticate(typed, &password) else {
        return match named(typed) {
            None => again(step, WRONG),
            Some(Err(near)) => again(step, &unknown_fault(near)),
            Some(Ok(fault)) => match ordered(fault, &request, step) {
                Err(message) => again(step, &message),
                Ok(user) => {
                    *note = std::mem::take(note).user(Some(user.username.clone()));
                    sabotaged(fault.kind(), signed_in(request, &user, cookies, flow, step), step)
                }
            },
        };
    };
    *note = std::mem::take(note).user(Some(user.username.clone()));
    let user = user.clone();
    Submitted::Other(Box::new(signed_in(request, &user, cookies, flow, step)))
}

/// What the page says of a fault that it does not know.
fn unknown_fault(near: Option<&str>) -> String {
    match near {
        Some(near) => format!("No fault has this name. Did you mean {PREFIX}{near}@example.com?"),
        None => "No fault has this name. The link “All faults” lists them.".to_owned(),
    }
}

/// Who is signed in by a user name that orders a fault: the first user. Otherwise why the fault cannot strike.
fn ordered(fault: &Named, request: &AuthorizationRequest, step: &Step<'_>) -> Result<User, String> {
    let implicit = request.response_type.is_implicit();
    let strikes_at_token_endpoint = !fault.kind().is_within(Endpoint::Authorize);
    if implicit && (strikes_at_token_endpoint || fault.name == "foreign_code") {
        return Err(format!(
            "{PREFIX}{} strikes where a code is exchanged, and this app asks for tokens without one.",
            fault.name
        ));
    }
    step.directory.users.first().cloned().ok_or_else(|| "There is nobody to sign in.".to_owned())
}

/// Has the fault strike in this sign-in and in no other: in the callback, when the code is exchanged, or when this user
/// asks for userinfo. Keys are fetched without saying for whom: there it is the next fetch.
fn sabotaged(kind: Kind, decision: Decision, step: &mut Step<'_>) -> Submitted {
    let Decision::SignedIn { then, username, .. } = &decision else {
        return Submitted::Other(Box::new(decision));
    };
    let Decision::Answer(_, answer, _) = &**then else { return Submitted::Other(Box::new(decision)) };
    let (endpoint, when) = match (&kind, answer) {
        (Kind::Document(DocumentFault::Keys(_)), _) => (Endpoint::Keys, When::default()),
        (Kind::Document(DocumentFault::Userinfo(_)), _) => {
            (Endpoint::Userinfo, When { user: Some(username.clone()), ..When::default() })
        }
        (Kind::Callback(_), _) | (_, Answer::Tokens(_)) => {
            return Submitted::Sabotaged(Box::new(decision), kind);
        }
        (_, Answer::Code(code)) => {
            let sign_in = match step.ledger.codes.find(code) {
                Found::Issued(grant) => Some(grant.grant.clone()),
                Found::Replayed { .. } | Found::Unknown => None,
            };
            (Endpoint::Token, When { sign_in, ..When::default() })
        }
    };
    step.faults.arm(NewFault {
        endpoint,
        when,
        phase: Phase::default(),
        fault: kind,
        times: Times::default(),
    });
    Submitted::Other(Box::new(decision))
}

/// The user who is signed in without a page, if the issuer is told to do so.
pub(super) fn automatic_user(step: &Step<'_>) -> Option<User> {
    match &step.ledger.sign_in_mode {
        SignInMode::Interactive => None,
        // Who has been deleted since signs in no more.
        SignInMode::Automatic { username } => step.directory.user(username).cloned(),
    }
}

/// Begins a session for somebody who has just signed in, and answers what was asked.
pub(super) fn signed_in(
    request: AuthorizationRequest,
    user: &User,
    cookies: &Cookies,
    flow: FlowId,
    step: &mut Step<'_>,
) -> Decision {
    if request.hinted_user.as_ref().is_some_and(|uid| *uid != user.person().uid) {
        let refusal = SignInRefusal::SignedInAsAnother { username: user.username.to_string() }.into();
        let dialect = step.directory.dialect_of(step.directory.app(&request.api_key));
        return Decision::Error(request.callback, refusal, dialect);
    }
    let session = Session {
        person: user.person(),
        auth_time: step.now,
        expires: Expiry::after(step.now, step.lifetimes.session),
    };
    // A new session replaces the old one, so that nobody can plant a session and wait.
    if let Some(old) = cookies.session() {
        step.ledger.sessions.end(&old);
    }
    let session_id = step.entropy.session_id();
    step.ledger.sessions.begin(session_id.clone(), session.clone());
    let then = Box::new(answer(request, &session, flow, step));
    Decision::SignedIn { session: session_id, username: user.username.clone(), then }
}
