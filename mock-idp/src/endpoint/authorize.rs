//! `GET` and `POST /v1/authorize`: the authorization endpoint (RFC 6749 §3.1, OpenID Connect Core §3.1.2).

use axum::{
    http::{Method, StatusCode},
    response::Response,
    routing::get,
};

use super::{Route, faults::Sabotage, sign_in, userinfo::verified};
use crate::{
    authorization::{addressee, check, relaxed},
    dialect::Dialect,
    directory::{App, Directory, User},
    extract::{Cookies, Form, FormRequest, IssuerAt},
    fault::{CallbackChange, TokenFault},
    grant::{self, Issuance, SignedInRequest, issue_code},
    interaction::{Next, next},
    issuer::{Issuer, Step},
    journal::Note,
    ledger::{Found, Session, SignIn},
    protocol::{
        authorization_request::{AuthorizationRequest, Callback},
        flow_id::FlowId,
        id_token_hint::IdTokenHint,
        params::Params,
        pkce::Challenge,
        text::{ApiKey, BrowserId, Code, SessionId, Username},
        timestamp::{Expiry, Lifetime},
    },
    refusal::{ClientRefusal, Refusal},
    respond::{
        SignInPage, callback_with_error, callback_with_ordered_error, callback_with_params, html,
        refusal_page,
    },
};

/// How long a sign-in page may be left open.
const SIGN_IN_PAGE_LIFETIME: Lifetime = Lifetime::from_seconds(3600);

/// The challenge of a verifier that the client does not have: that of RFC 7636 Appendix B.
const FOREIGN_CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

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
    /// A code, to be redeemed at the token endpoint.
    Code(Code),
    /// Tokens, not signed yet.
    Tokens(Box<Issuance>),
}

async fn authorize(
    IssuerAt(issuer): IssuerAt,
    method: Method,
    sabotage: Sabotage,
    Form(request): Form,
) -> Response {
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
    respond(&issuer, &method, decision, note, &sabotage)
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
    let (directory, context) = step.for_grants();
    let Some(app) = directory.app(&request.api_key) else {
        let refusal =
            ClientRefusal::ClientUnknown { client_id: request.api_key.to_string(), near: None }.into();
        return Decision::Page(refusal, directory.house_dialect());
    };
    let (callback, dialect) = (request.callback.clone(), app.dialect);
    let answer = if request.response_type.is_implicit() {
        let issuance = grant::implicit::issue(&request, session, app, context);
        step.ledger.flows.note(flow, issuance.token_ids());
        Answer::Tokens(Box::new(issuance))
    } else {
        Answer::Code(issue_code(SignedInRequest { request, session, flow }, context))
    };
    Decision::Answer(callback, answer, dialect)
}

/// Turns a decision into a response, and notes it.
pub(super) fn respond(
    issuer: &Issuer,
    method: &Method,
    decision: Decision,
    note: Note,
    sabotage: &Sabotage,
) -> Response {
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
            let response = respond(issuer, method, *then, note.user(Some(username)), sabotage);
            Cookies::keep_session(response, issuer, &session)
        }
        Decision::Answer(callback, answer, dialect) => {
            if let Some(error) = sabotage.error_at_callback(issuer) {
                return note.on(callback_with_ordered_error(
                    method,
                    &callback,
                    &error,
                    dialect,
                    issuer.url(),
                ));
            }
            let has_code = matches!(answer, Answer::Code(_));
            let change = sabotage.of_callback(issuer, has_code);
            let (gave, params) = match answer {
                Answer::Code(code) => {
                    let foreign = (change == Some(CallbackChange::ForeignCode))
                        .then(|| foreign_code(issuer, &code))
                        .flatten();
                    (vec!["code"], vec![("code", foreign.unwrap_or(code).expose().to_owned())])
                }
                Answer::Tokens(issuance) => {
                    (issuance.gives(), token_params(issuer, *issuance, sabotage.of_tokens(issuer).as_ref()))
                }
            };
            note.gave(gave).on(callback_with_params(method, &callback, params, dialect, issuer.url(), change))
        }
    }
}

/// A code of the same app as this one, for another user and another request: what an attacker gets who signs in at
/// home and smuggles the code into somebody else's callback (RFC 9700 §4.5).
fn foreign_code(issuer: &Issuer, code: &Code) -> Option<Code> {
    issuer.step(|mut step| {
        let Found::Issued(grant) = step.ledger.codes.find(code) else { return None };
        let other = step.directory.users.iter().map(User::person).find(|person| *person != grant.person);
        let session = Session {
            person: other.unwrap_or_else(|| grant.person.clone()),
            auth_time: step.now,
            expires: grant.expires,
        };
        let flow = grant.flow;
        let mut request = grant.request.clone();
        request.nonce = request.nonce.map(|_| "anotherNonce".to_owned());
        // Whoever asked for it has a verifier of their own.
        request.challenge = request.challenge.and_then(|_| Challenge::parse(FOREIGN_CHALLENGE, false));
        let (_, context) = step.for_grants();
        Some(issue_code(SignedInRequest { request, session: &session, flow }, context))
    })
}

/// Signed tokens in the order of Fortellis' fragment (RFC 6749 §4.2.2).
fn token_params(
    issuer: &Issuer,
    issuance: Issuance,
    fault: Option<&TokenFault>,
) -> Vec<(&'static str, String)> {
    let signed = issuer.sign(issuance, fault);
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
