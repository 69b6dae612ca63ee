//! `GET` and `POST /v1/authorize`: the authorization endpoint (RFC 6749 §3.1, OpenID Connect Core §3.1.2).

use axum::{
    http::{Method, StatusCode},
    response::{IntoResponse, Response},
    routing::get,
};

use super::{Route, sign_in, userinfo::verified};
use crate::{
    authorization::{addressee, check, relaxed},
    dialect::Dialect,
    directory::{App, Directory},
    extract::{Cookies, Form, FormRequest, IssuerAt},
    grant::{self, Issuance, Minting, issue_code},
    interaction::{Next, next},
    issuer::{Issuer, Step},
    journal::Note,
    ledger::{Session, SignIn},
    protocol::{
        authorization_request::{AuthorizationRequest, Callback},
        flow_id::FlowId,
        id_token_hint::IdTokenHint,
        params::Params,
        refusal::Refusal,
        text::{ApiKey, BrowserId, SessionId, Username},
        timestamp::{Expiry, Lifetime},
    },
    respond::{SignInPage, callback_with_error, callback_with_params, html, refusal_page},
};

/// How long a sign-in page may be left open.
const SIGN_IN_PAGE_LIFETIME: Lifetime = Lifetime::from_seconds(3600);

pub(super) fn route() -> Route {
    get(authorize).post(authorize)
}

/// What a step at this endpoint ends in.
pub(super) enum Decision {
    /// Nobody can be told but the person.
    Page(Refusal, Dialect),
    /// The callback gets an error.
    Error(Callback, Refusal, Dialect),
    /// The person has to sign in first.
    SignIn(BrowserId, Box<SignInPage>),
    /// The callback gets what it asked for.
    Answer(Callback, Answer, Dialect),
    /// Somebody has signed in: the browser keeps the session, and gets what follows.
    SignedIn { session: SessionId, username: Username, then: Box<Self> },
}

/// What the callback gets.
pub(super) enum Answer {
    Params(Vec<(&'static str, String)>),
    /// Tokens, not signed yet.
    Tokens(Box<Issuance>),
}

async fn authorize(IssuerAt(issuer): IssuerAt, method: Method, Form(request): Form) -> Response {
    let request = match request.and_then(FormRequest::without_json) {
        Ok(request) => request,
        Err(refusal) => {
            let (dialect, flow) =
                issuer.step(|step| (step.directory.house_dialect(), step.ledger.flows.begin()));
            return Note::default().flow(Some(flow)).refusal(&refusal).on(refusal_page(&refusal, dialect));
        }
    };
    let params = request.all();
    let cookies = Cookies::of(&request.headers);
    let mut note = Note::default().params(&params);
    // Verifying takes no lock.
    let hint = id_token_hint(&params, &issuer);
    let decision = issuer.step(|mut step| {
        let flow = step.ledger.flows.begin();
        let app = named_app(&params, step.directory);
        note = std::mem::take(&mut note).flow(Some(flow)).app(app.map(|app| app.api_key.clone()));
        let relaxed = app.map(|app| relaxed(&params, app)).unwrap_or_default();
        let decision = decide(&params, hint.as_ref(), &cookies, &issuer, flow, &mut step);
        // A request that was refused all the same owes nothing to a relaxed rule.
        if !matches!(decision, Decision::Page(..) | Decision::Error(..)) {
            note = relaxed.iter().fold(std::mem::take(&mut note), |note, rule| note.lenient(rule.as_str()));
        }
        decision
    });
    respond(&issuer, &method, decision, note)
}

/// The app that a request names, however it breaks the rules: it decides how a refusal is worded.
fn named_app<'a>(params: &Params, directory: &'a Directory) -> Option<&'a App> {
    directory.app(&ApiKey::new(params.get("client_id")?))
}

fn decide(
    params: &Params,
    hint: Option<&IdTokenHint>,
    cookies: &Cookies,
    issuer: &Issuer,
    flow: FlowId,
    step: &mut Step<'_>,
) -> Decision {
    let addressee = match addressee(params, step.directory) {
        Ok(addressee) => addressee,
        Err(refusal) => {
            let app = named_app(params, step.directory);
            return Decision::Page(refusal, step.directory.dialect_of(app));
        }
    };
    let dialect = addressee.app.dialect;
    let request = match check(params, hint, &addressee) {
        Ok(request) => request,
        Err(refusal) => return Decision::Error(addressee.callback, refusal, dialect),
    };
    let session = cookies.session().and_then(|id| step.ledger.sessions.live(&id, step.now)).cloned();
    match next(&request, session.as_ref(), step.now) {
        Err(refusal) => Decision::Error(request.callback, refusal, dialect),
        Ok(Next::Answer(session)) => answer(request, session, flow, step),
        Ok(Next::SignIn) => match sign_in::automatic_user(step) {
            Some(user) => sign_in::signed_in(request, &user, cookies, flow, step),
            None => ask(request, cookies, issuer, flow, step),
        },
    }
}

/// Opens a sign-in page, bound to the browser that asked.
fn ask(
    request: AuthorizationRequest,
    cookies: &Cookies,
    issuer: &Issuer,
    flow: FlowId,
    step: &mut Step<'_>,
) -> Decision {
    let id = step.entropy.sign_in_id();
    let browser = cookies.browser().unwrap_or_else(|| step.entropy.browser_id());
    let page = sign_in::page(issuer, step, &id, &request, None, None);
    let expires = Expiry::after(step.now, SIGN_IN_PAGE_LIFETIME);
    step.ledger.sign_ins.open(id.clone(), SignIn { flow, request, browser: browser.clone(), expires });
    Decision::SignIn(browser, Box::new(page))
}

/// What `id_token_hint` says, if it is an ID token of this issuer.
pub(super) fn id_token_hint(params: &Params, issuer: &Issuer) -> Option<IdTokenHint> {
    let claims = verified(issuer, params.get("id_token_hint")?).ok()?;
    IdTokenHint::of(&claims, issuer.url())
}

/// Answers a request for a signed-in person.
pub(super) fn answer(
    request: AuthorizationRequest,
    session: &Session,
    flow: FlowId,
    step: &mut Step<'_>,
) -> Decision {
    let Some(app) = step.directory.app(&request.api_key) else {
        let refusal = Refusal::ClientUnknown { client_id: request.api_key.to_string(), near: None };
        return Decision::Page(refusal, step.directory.house_dialect());
    };
    let (callback, dialect) = (request.callback.clone(), app.dialect);
    let answer = if request.response_type.is_implicit() {
        let minting = Minting { issuer: step.issuer, app, lifetimes: step.lifetimes, now: step.now };
        let issuance = grant::implicit::issue(&request, session, step.ledger, step.entropy, minting);
        step.ledger.flows.note(flow, issuance.token_ids());
        Answer::Tokens(Box::new(issuance))
    } else {
        let code = issue_code(request, session, flow, step.ledger, step.entropy, step.lifetimes, step.now);
        Answer::Params(vec![("code", code.expose().to_owned())])
    };
    Decision::Answer(callback, answer, dialect)
}

/// Turns a decision into a response, and notes it.
pub(super) fn respond(issuer: &Issuer, method: &Method, decision: Decision, note: Note) -> Response {
    match decision {
        Decision::Page(refusal, dialect) => note.refusal(&refusal).on(refusal_page(&refusal, dialect)),
        Decision::Error(callback, refusal, dialect) => {
            let response = callback_with_error(method, &callback, &refusal, dialect, issuer.url());
            note.refusal(&refusal).on(response)
        }
        Decision::SignIn(browser, page) => {
            note.asked().on(Cookies::keep_browser(html(StatusCode::OK, &*page), issuer, &browser))
        }
        Decision::SignedIn { session, username, then } => {
            let response = respond(issuer, method, *then, note.user(Some(username)));
            Cookies::keep_session(response, issuer, &session)
        }
        Decision::Answer(callback, answer, dialect) => {
            let (gave, params) = match answer {
                Answer::Params(params) => (vec!["code"], params),
                Answer::Tokens(issuance) => (issuance.gives(), token_params(issuer, *issuance)),
            };
            note.gave(gave)
                .on(callback_with_params(method, &callback, params, dialect, issuer.url()))
                .into_response()
        }
    }
}

/// Signed tokens in the order of Fortellis' fragment (RFC 6749 §4.2.2).
fn token_params(issuer: &Issuer, issuance: Issuance) -> Vec<(&'static str, String)> {
    let signed = issuer.sign(issuance);
    let mut params = Vec::new();
    if let Some(access_token) = signed.access_token {
        params.push(("access_token", access_token));
        params.push(("token_type", signed.token_type.to_owned()));
        params.push(("expires_in", signed.expires_in.seconds().to_string()));
        params.push(("scope", signed.scope));
    }
    if let Some(id_token) = signed.id_token {
        params.push(("id_token", id_token));
    }
    params
}
