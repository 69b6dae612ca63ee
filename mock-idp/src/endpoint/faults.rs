//! Where faults strike: in front of an endpoint, behind it, or within the answer that it makes.
//!
//! Two layers do it. [`strike`] stands inside of the journal, which so sees what the client gets and which fault it
//! was; [`perform`] stands outside of it, and does to the connection what can be told only before it is done. At a
//! request at most one fault strikes: the oldest that is meant for it.

use std::{
    convert::Infallible,
    io,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use axum::{
    body::{Body, Bytes, to_bytes},
    extract::{ConnectInfo, FromRequest, FromRequestParts, MatchedPath, Request, State},
    http::{HeaderMap, HeaderValue, StatusCode, header, request::Parts},
    middleware::Next,
    response::{IntoResponse, Response},
};
use futures_util::{StreamExt, stream};

use super::{Endpoint, endpoint_of, record::is_preflight};
use crate::{
    client_authentication::Credentials,
    extract::{Cookies, FORM_LIMIT, Form, FormRequest, IssuerAt, Written},
    fault::{
        AnswerFault, ArmedFault, CallbackChange, ConnectionFault, DocumentFault, KeysChange, Kind,
        MetadataChange, OAuthErrorFault, Phase, RequestFacts, TokenFault, UserinfoChange,
    },
    issuer::{Issuer, Step},
    issuers::Issuers,
    journal::{Note, Struck},
    ledger::Found,
    protocol::{
        grant_type::{GrantType, RequestedGrant},
        jwt::Unverified,
        params::Params,
        response::ResponseType,
        text::{ApiKey, Code, RefreshToken, SignInId, Username},
    },
    wire::{Ending, Wire},
};

/// The fault that is meant for a request and strikes within its answer, if there is one.
#[derive(Debug, Clone, Default)]
pub(super) struct Sabotage(Option<Arc<Waiting>>);

#[derive(Debug)]
struct Waiting {
    /// `None` for a fault that a user name has ordered for this very answer.
    id: Option<u64>,
    kind: Kind,
    has_struck: AtomicBool,
}

impl<S: Send + Sync> FromRequestParts<S> for Sabotage {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(parts.extensions.get::<Self>().cloned().unwrap_or_default())
    }
}

impl Sabotage {
    /// A fault for this very answer.
    pub(super) fn ordered(kind: Kind) -> Self {
        Self(Some(Arc::new(Waiting { id: None, kind, has_struck: AtomicBool::new(false) })))
    }

    fn armed(fault: &ArmedFault) -> Self {
        let has_struck = AtomicBool::new(false);
        Self(Some(Arc::new(Waiting { id: Some(fault.id), kind: fault.fault.clone(), has_struck })))
    }

    /// The change to tokens that are about to be signed.
    pub(super) fn of_tokens(&self, issuer: &Issuer) -> Option<TokenFault> {
        self.strike(issuer, |kind| match kind {
            Kind::Token(fault) => Some(fault.clone()),
            _ => None,
        })
    }

    /// The change to a callback that is about to be sent.
    pub(super) fn of_callback(&self, issuer: &Issuer, has_code: bool) -> Option<CallbackChange> {
        self.strike(issuer, |kind| match kind {
            // A foreign code needs a code whose place it takes.
            Kind::Callback(change) => {
                Some(*change).filter(|it| has_code || *it != CallbackChange::ForeignCode)
            }
            _ => None,
        })
    }

    /// The error that goes to the callback in place of the answer.
    pub(super) fn error_at_callback(&self, issuer: &Issuer) -> Option<OAuthErrorFault> {
        self.strike(issuer, |kind| match kind {
            Kind::Answer(AnswerFault::OAuthError(fault)) => Some(fault.clone()),
            _ => None,
        })
    }

    /// The change to the key set.
    pub(super) fn of_keys(&self, issuer: &Issuer) -> Option<KeysChange> {
        self.strike(issuer, |kind| match kind {
            Kind::Document(DocumentFault::Keys(change)) => Some(*change),
            _ => None,
        })
    }

    /// The change to the metadata.
    pub(super) fn of_metadata(&self, issuer: &Issuer) -> Option<MetadataChange> {
        self.strike(issuer, |kind| match kind {
            Kind::Document(DocumentFault::Metadata(change)) => Some(*change),
            _ => None,
        })
    }

    /// The change to the claims of userinfo.
    pub(super) fn of_userinfo(&self, issuer: &Issuer) -> Option<UserinfoChange> {
        self.strike(issuer, |kind| match kind {
            Kind::Document(DocumentFault::Userinfo(change)) => Some(*change),
            _ => None,
        })
    }

    /// Lets the fault strike if it is the kind that can, and if no other request has used it up.
    fn strike<T>(&self, issuer: &Issuer, change: impl FnOnce(&Kind) -> Option<T>) -> Option<T> {
        let waiting = self.0.as_ref()?;
        let change = change(&waiting.kind)?;
        if waiting.id.is_some_and(|id| !issuer.step(|step| step.faults.strike(id))) {
            return None;
        }
        waiting.has_struck.store(true, Ordering::Relaxed);
        Some(change)
    }

    /// Tells the journal, if the fault has struck.
    pub(super) fn noted_on(&self, response: Response) -> Response {
        match self.0.as_ref().filter(|waiting| waiting.has_struck.load(Ordering::Relaxed)) {
            Some(waiting) => noted(response, Struck { id: waiting.id, kind: waiting.kind.name() }),
            None => response,
        }
    }
}

/// Chooses the fault that is meant for a request, and lets it strike.
pub(super) async fn strike(
    State(issuers): State<Issuers>,
    issuer: Option<IssuerAt>,
    request: Request,
    next: Next,
) -> Response {
    let endpoint = request.extensions().get::<MatchedPath>().and_then(|path| endpoint_of(path.as_str()));
    let (Some(IssuerAt(issuer)), Some(endpoint)) = (issuer, endpoint) else { return next.run(request).await };
    if is_preflight(&request) || !issuer.step(|step| step.faults.wait_at(endpoint)) {
        return next.run(request).await;
    }
    let (mut request, form) = read(request, endpoint).await;
    let mut occasion = occasion(endpoint, &form, request.uri().path(), &issuer);
    let open = is_open(endpoint, request.headers());
    // Choosing and counting are one step, so that of two requests at once one meets the fault.
    let chosen = issuer.step(|step| {
        let chosen = step.faults.meant_for(&occasion, |_| true)?.clone();
        let at_once = chosen.phase == Phase::Before && !chosen.fault.is_within(endpoint);
        (!at_once || step.faults.strike(chosen.id)).then_some(chosen)
    });
    match chosen {
        Some(fault) if fault.fault.is_within(endpoint) => {
            let sabotage = Sabotage::armed(&fault);
            request.extensions_mut().insert(sabotage.clone());
            sabotage.noted_on(next.run(request).await)
        }
        Some(fault) if fault.phase == Phase::Before => {
            let response = match &fault.fault {
                Kind::Connection(ConnectionFault::Delay(delay)) => {
                    wait(delay.duration(), &issuers).await;
                    next.run(request).await
                }
                kind => {
                    let note = Note::default().params(&form.all()).app(occasion.app).user(occasion.user);
                    note.on(with_cors(instead(kind, endpoint, None, &issuer), open))
                }
            };
            noted(response, struck(&fault))
        }
        Some(fault) => {
            let response = next.run(request).await;
            lost(&fault, endpoint, response, &issuer, open).await
        }
        None => {
            let response = next.run(request).await;
            // Who it was may be known only now.
            if let Some((app, user)) = response.extensions().get::<Note>().map(Note::who) {
                occasion.app = app.cloned().or(occasion.app);
                occasion.user = user.cloned().or(occasion.user);
            }
            let late = |fault: &ArmedFault| fault.phase == Phase::After;
            match issuer.step(|step| step.faults.meant_for(&occasion, late).cloned()) {
                Some(fault) => lost(&fault, endpoint, response, &issuer, open).await,
                None => response,
            }
        }
    }
}

/// Does to the connection what a fault has ordered.
pub(super) async fn perform(State(issuers): State<Issuers>, request: Request, next: Next) -> Response {
    let wire = request.extensions().get().map(|ConnectInfo(wire): &ConnectInfo<Wire>| wire.clone());
    let wire = wire.unwrap_or_default();
    let mut response = next.run(request).await;
    match response.extensions_mut().remove::<Ending>() {
        None => response,
        Some(Ending::Late(by)) => {
            wait(by, &issuers).await;
            response
        }
        Some(Ending::Never) => {
            issuers.stopped().await;
            wire.close();
            never_sent()
        }
        Some(Ending::Reset) => {
            wire.reset();
            never_sent()
        }
        Some(Ending::BrokenOff(bytes)) => broken_off(response, bytes).await,
    }
}

/// What the server tries to send over a broken connection.
fn never_sent() -> Response {
    StatusCode::SERVICE_UNAVAILABLE.into_response()
}

/// Waits, but no longer than the mock runs.
#[expect(clippy::disallowed_methods, reason = "a delay is what was ordered")]
async fn wait(by: Duration, issuers: &Issuers) {
    tokio::select! {
        () = tokio::time::sleep(by) => {}
        () = issuers.stopped() => {}
    }
}

/// Announces the whole body and sends a part of it.
async fn broken_off(response: Response, bytes: usize) -> Response {
    let (mut parts, body) = response.into_parts();
    let whole = to_bytes(body, usize::MAX).await.unwrap_or_default();
    let announced = whole.len().max(1);
    let part = whole.slice(..bytes.min(announced - 1));
    parts.headers.insert(header::CONTENT_LENGTH, HeaderValue::from(announced));
    let end = async {
        // The server sends what it has before it asks for more.
        tokio::task::yield_now().await;
        Err(io::Error::from(io::ErrorKind::ConnectionAborted))
    };
    let body = Body::from_stream(stream::once(async { Ok(part) }).chain(stream::once(end)));
    Response::from_parts(parts, body)
}

/// Takes the answer away from a request that has taken effect, if the fault is not used up meanwhile.
async fn lost(
    fault: &ArmedFault,
    endpoint: Endpoint,
    response: Response,
    issuer: &Issuer,
    open: bool,
) -> Response {
    if !issuer.step(|step| step.faults.strike(fault.id)) {
        return response;
    }
    let (parts, body) = response.into_parts();
    let made = to_bytes(body, usize::MAX).await.unwrap_or_default();
    let mut response = if let Some(ending) = ending(&fault.fault) {
        let mut response = Response::from_parts(parts, Body::from(made));
        response.extensions_mut().insert(ending);
        response
    } else {
        let made = String::from_utf8_lossy(&made);
        let mut response = with_cors(instead(&fault.fault, endpoint, Some(&made), issuer), open);
        *response.extensions_mut() = parts.extensions;
        response
    };
    // The length is that of the body which goes along.
    response.headers_mut().remove(header::CONTENT_LENGTH);
    noted(response, struck(fault))
}

/// The answer that a fault gives in place of the true one.
fn instead(kind: &Kind, endpoint: Endpoint, made: Option<&str>, issuer: &Issuer) -> Response {
    let answer = match kind {
        Kind::Answer(fault) => Some(fault.answer(endpoint, made, issuer.clock().now())),
        Kind::Connection(fault) => fault.placeholder(),
        Kind::Token(_) | Kind::Callback(_) | Kind::Document(_) => None,
    };
    let mut response = answer.map_or_else(never_sent, |answer| answer.map(Body::from));
    if let Some(ending) = ending(kind) {
        response.extensions_mut().insert(ending);
    }
    response
}

/// How an answer fails to arrive, where that is what the fault is.
fn ending(kind: &Kind) -> Option<Ending> {
    match kind {
        Kind::Connection(ConnectionFault::Delay(delay)) => Some(Ending::Late(delay.duration())),
        Kind::Connection(ConnectionFault::Hang) => Some(Ending::Never),
        Kind::Connection(ConnectionFault::Reset) => Some(Ending::Reset),
        Kind::Connection(ConnectionFault::Truncate(truncate)) => Some(Ending::BrokenOff(truncate.bytes)),
        Kind::Answer(_) | Kind::Token(_) | Kind::Callback(_) | Kind::Document(_) => None,
    }
}

const fn struck(fault: &ArmedFault) -> Struck {
    Struck { id: Some(fault.id), kind: fault.fault.name() }
}

fn noted(mut response: Response, fault: Struck) -> Response {
    let note = response.extensions_mut().remove::<Note>().unwrap_or_default();
    note.fault(fault).on(response)
}

/// Whether a browser page asks at an endpoint that pages of every origin may read: then they may read the fault, too.
fn is_open(endpoint: Endpoint, headers: &HeaderMap) -> bool {
    let open =
        [Endpoint::Metadata, Endpoint::Keys, Endpoint::Userinfo, Endpoint::Gateway, Endpoint::Subscriptions];
    open.contains(&endpoint) && headers.contains_key(header::ORIGIN)
}

fn with_cors(mut response: Response, open: bool) -> Response {
    if open {
        let headers = response.headers_mut();
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
        headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static("*"));
    }
    response
}

/// Reads what a request asks for, and leaves it as it was.
async fn read(request: Request, endpoint: Endpoint) -> (Request, FormRequest) {
    let (parts, body) = request.into_parts();
    let takes_forms = !matches!(
        endpoint,
        Endpoint::Metadata | Endpoint::Keys | Endpoint::Gateway | Endpoint::Subscriptions
    );
    let (beginning, body) = if takes_forms { beginning(body).await } else { (Bytes::new(), body) };
    let copy = Request::from_parts(parts.clone(), Body::from(beginning));
    let Ok(Form(form)) = Form::from_request(copy, &()).await;
    // What cannot be read matches nothing; the endpoint says why.
    let form = form.unwrap_or_else(|_| FormRequest {
        headers: parts.headers.clone(),
        written: Written::Form,
        body: Params::default(),
        query: Params::default(),
    });
    (Request::from_parts(parts, body), form)
}

/// The beginning of a body, all of it if it is no longer than a form may be, and the body as it was.
async fn beginning(body: Body) -> (Bytes, Body) {
    let mut rest = body.into_data_stream();
    let mut read = Vec::new();
    let mut chunks = Vec::new();
    while read.len() <= FORM_LIMIT {
        let Some(chunk) = rest.next().await else { break };
        if let Ok(bytes) = &chunk {
            read.extend_from_slice(bytes);
        }
        let broke_off = chunk.is_err();
        chunks.push(chunk);
        if broke_off {
            break;
        }
    }
    (read.into(), Body::from_stream(stream::iter(chunks).chain(rest)))
}

/// What a request tells of itself, and what the issuer remembers of the code or the token that it brings.
fn occasion(endpoint: Endpoint, form: &FormRequest, path: &str, issuer: &Issuer) -> RequestFacts {
    let params = form.all();
    let mut occasion = RequestFacts::at(endpoint);
    issuer.step(|step| match endpoint {
        Endpoint::Authorize => of_authorization(&mut occasion, &params, &Cookies::of(&form.headers), &step),
        Endpoint::SignIn => of_page(&mut occasion, &params, path, &step),
        Endpoint::Token | Endpoint::Introspect | Endpoint::Revoke => {
            let credentials = Credentials::read(form.authorization(), &form.body, &form.query);
            occasion.app = credentials.named().cloned();
            let requested = params.get("grant_type").and_then(RequestedGrant::parse);
            occasion.grant_type = requested.map(GrantType::from);
            of_grant(&mut occasion, &params, &step);
        }
        Endpoint::Logout => of_logout(&mut occasion, &params, &step),
        Endpoint::Userinfo | Endpoint::Gateway | Endpoint::Subscriptions => {
            of_bearer(&mut occasion, form, &params);
        }
        Endpoint::Metadata | Endpoint::Keys => {}
    });
    occasion
}

fn of_authorization(occasion: &mut RequestFacts, params: &Params, cookies: &Cookies, step: &Step<'_>) {
    let implicit =
        params.get("response_type").and_then(ResponseType::parse).is_some_and(ResponseType::is_implicit);
    occasion.grant_type = Some(if implicit { GrantType::Implicit } else { GrantType::AuthorizationCode });
    occasion.app = params.get("client_id").map(ApiKey::new);
    occasion.state = params.get("state").map(str::to_owned);
    let session = cookies.session().and_then(|id| step.ledger.sessions.live(&id, step.now));
    occasion.user = match session {
        Some(session) => Some(session.person.username.clone()),
        None => super::sign_in::automatic_user(step).map(|user| user.username),
    };
}

fn of_page(occasion: &mut RequestFacts, params: &Params, path: &str, step: &Step<'_>) {
    let id = SignInId::new(path.rsplit('/').next().unwrap_or_default());
    let Some(request) = step.ledger.sign_ins.opened_for(&id) else { return };
    let implicit = request.response_type.is_implicit();
    occasion.grant_type = Some(if implicit { GrantType::Implicit } else { GrantType::AuthorizationCode });
    occasion.app = Some(request.api_key.clone());
    occasion.state.clone_from(&request.callback.state);
    occasion.user = params.get("username").map(|typed| Username::new(typed.trim()));
}

fn of_grant(occasion: &mut RequestFacts, params: &Params, step: &Step<'_>) {
    if let Some(code) = params.get("code")
        && let Found::Issued(grant) = step.ledger.codes.find(&Code::new(code))
    {
        occasion.user = Some(grant.person.username.clone());
        occasion.state.clone_from(&grant.request.callback.state);
        occasion.sign_in = Some(grant.grant.clone());
    }
    let token = params.get("refresh_token").or_else(|| params.get("token"));
    if let Some(grant) = token.and_then(|token| step.ledger.refresh_tokens.find(&RefreshToken::new(token))) {
        occasion.user = Some(grant.person.username.clone());
        occasion.state.clone_from(&grant.state);
        occasion.sign_in = Some(grant.grant.clone());
    } else if let Some(token) = params.get("token").and_then(Unverified::parse) {
        occasion.user = subject(&token, step);
    }
}

/// Who logs out says the ID token that goes along, and where its dialect names the app, for which app.
fn of_logout(occasion: &mut RequestFacts, params: &Params, step: &Step<'_>) {
    let hint = params.get("id_token_hint").and_then(Unverified::parse);
    let audience = hint.as_ref().and_then(|hint| hint.claims.text("aud")).map(ApiKey::new);
    let of_hint = audience.filter(|app| step.directory.app(app).is_some());
    occasion.app = params.get("client_id").map(ApiKey::new).or(of_hint);
    occasion.user = hint.and_then(|hint| subject(&hint, step));
    occasion.state = params.get("state").map(str::to_owned);
}

/// The user whom a token is about: an access token names them, an ID token has their number.
fn subject(token: &Unverified, step: &Step<'_>) -> Option<Username> {
    let subject = token.claims.text("sub")?;
    let user = step.directory.users.iter().find(|user| user.person().uid.as_str() == subject);
    Some(user.map_or_else(|| Username::new(subject), |user| user.username.clone()))
}

/// What a bearer token says of itself. Whether that is true does not matter here.
fn of_bearer(occasion: &mut RequestFacts, form: &FormRequest, params: &Params) {
    let in_header =
        form.authorization().and_then(|header| header.split_once(' ')).map(|(_, token)| token.trim());
    let Some(token) = in_header.or_else(|| params.get("access_token")).and_then(Unverified::parse) else {
        return;
    };
    occasion.app = token.claims.text("cid").map(ApiKey::new);
    occasion.user = token.claims.text("sub").map(Username::new);
}
