//! `POST /v1/token`, also with a trailing slash: the token endpoint (RFC 6749 §3.2).

use axum::{
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
    routing::post,
};

use super::{Route, faults::Sabotage};
use crate::{
    client_authentication::Credentials,
    dialect::Dialect,
    directory::{App, Directory, Leniency},
    extract::{Form, FormRequest, IssuerAt, Written},
    grant::{Issuance, TokenRequest},
    issuer::{Issuer, Step},
    journal::Note,
    ledger::Ledger,
    protocol::{flow_id::FlowId, grant_type::RequestedGrant},
    refusal::{Refusal, RequestRefusal, TokenRefusal},
    respond,
};

pub(super) fn route() -> Route {
    post(token).options(preflight)
}

/// A refusal with what is needed to word it.
pub(super) struct Refused {
    pub(super) refusal: Refusal,
    pub(super) dialect: Dialect,
    pub(super) error_id: String,
}

impl Refused {
    pub(super) fn new(refusal: Refusal, app: Option<&App>, step: &mut Step<'_>) -> Self {
        let dialect = step.directory.dialect_of(app);
        Self { refusal, dialect, error_id: step.entropy.error_id() }
    }

    pub(super) fn respond(self, note: Note) -> Response {
        note.refusal(&self.refusal).on(respond::oauth_error(&self.refusal, self.dialect, self.error_id))
    }
}

async fn token(IssuerAt(issuer): IssuerAt, sabotage: Sabotage, Form(request): Form) -> Response {
    let request = match request {
        Ok(request) => request,
        Err(refusal) => {
            let refused = issuer.step(|mut step| Refused::new(refusal, None, &mut step));
            return with_cors(refused.respond(Note::default()), None);
        }
    };
    let credentials = credentials(&request);
    let (decided, note, allowed_origin) = issuer.step(|mut step| {
        let app = claimed_app(&credentials, step.directory);
        let allowed_origin = allowed_origin(&request.headers, app.as_ref());
        let flow = flow(&request, step.ledger);
        let note = note(&request, app.as_ref()).flow(flow);
        let decided = decide(&request, &credentials, &mut step)
            .map_err(|refusal| Refused::new(refusal, app.as_ref(), &mut step));
        if let (Ok(issuance), Some(flow)) = (&decided, flow) {
            step.ledger.flows.note(flow, issuance.token_ids());
        }
        (decided, note, allowed_origin)
    });
    let response = match decided {
        Ok(issuance) => {
            let user = issuance.person.as_ref().map(|person| person.username.clone());
            let fault = sabotage.of_tokens(&issuer);
            let answer = note.user(user).gave(issuance.gives());
            answer.on(issuer.sign(issuance, fault.as_ref()).into_response())
        }
        Err(refused) => refused.respond(note),
    };
    with_cors(response, allowed_origin)
}

fn decide(
    request: &FormRequest,
    credentials: &Credentials,
    step: &mut Step<'_>,
) -> Result<Issuance, Refusal> {
    let app = authenticated_app(request, credentials, step.directory)?.clone();
    check_origin(&request.headers, &app)?;
    let params = request.all();
    let (_, context) = step.for_grants();
    TokenRequest { params: &params, app: &app }.decide(context)
}

/// The flow that a request goes on with, by its code or refresh token. An app that asks for itself begins one.
fn flow(request: &FormRequest, ledger: &mut Ledger) -> Option<FlowId> {
    let params = request.all();
    let requested = params.get("grant_type").and_then(RequestedGrant::parse);
    if requested == Some(RequestedGrant::ClientCredentials) {
        return Some(ledger.flows.begin());
    }
    ["code", "refresh_token"].iter().find_map(|name| ledger.flow_of(params.get(name)?))
}

fn credentials(request: &FormRequest) -> Credentials {
    Credentials::read(request.authorization(), &request.body, &request.query)
}

/// The app that a request names, if it exists. It decides how a refusal is worded.
fn claimed_app(credentials: &Credentials, directory: &Directory) -> Option<App> {
    directory.app(credentials.named()?).cloned()
}

/// What the journal says of a request: its parameters, its app, and whether a relaxed rule let it pass.
fn note(request: &FormRequest, app: Option<&App>) -> Note {
    let note = Note::default().params(&request.all()).app(app.map(|app| app.api_key.clone()));
    let relaxed = request.written == Written::Json && app.is_some_and(may_write_json);
    if relaxed { note.lenient(Leniency::JsonTokenRequest.as_str()) } else { note }
}

fn may_write_json(app: &App) -> bool {
    app.is_lenient(Leniency::JsonTokenRequest)
}

/// The app that a request speaks for, once it has proved it and keeps to the wire format that it may use.
fn authenticated_app<'a>(
    request: &FormRequest,
    credentials: &Credentials,
    directory: &'a Directory,
) -> Result<&'a App, Refusal> {
    if request.written != Written::Form
        && !claimed_app(credentials, directory).as_ref().is_some_and(may_write_json)
    {
        return Err(RequestRefusal::MediaTypeUnsupported { received: "application/json".to_owned() }.into());
    }
    if request.written == Written::BrokenJson {
        return Err(RequestRefusal::Unreadable { why: "the body is not a JSON object".to_owned() }.into());
    }
    if let Some(name) = request.all().first_repeated() {
        return Err(RequestRefusal::ParameterRepeated { name: name.to_owned() }.into());
    }
    let app = credentials.authenticate(directory)?;
    if !request.query.is_empty() && !app.dialect.takes_query_at_token_endpoint() {
        return Err(TokenRefusal::ParametersInQuery.into());
    }
    Ok(app)
}

/// Turns away pages of foreign origins, as Okta does in words. Their browsers would keep the answer from them, but
/// the code would be used up.
fn check_origin(headers: &HeaderMap, app: &App) -> Result<(), Refusal> {
    let Some(origin) = headers.get(header::ORIGIN) else { return Ok(()) };
    let origin = origin.to_str().unwrap_or_default();
    if app.has_origin(origin) {
        return Ok(());
    }
    Err(TokenRefusal::BrowserOriginUnregistered { origin: origin.to_owned() }.into())
}

/// The origin of a browser page that may read the answer. There is none for dialect `fortellis`, which is why the
/// tutorial has a proxy.
fn allowed_origin(headers: &HeaderMap, app: Option<&App>) -> Option<HeaderValue> {
    let origin = headers.get(header::ORIGIN)?;
    app.filter(|app| app.dialect.allows_browsers_at_token_endpoint())
        .filter(|app| app.has_origin(origin.to_str().unwrap_or_default()))
        .map(|_| origin.clone())
}

/// A preflight carries no client: it is allowed for the callback origins of all apps that browsers may call for
/// (RFC 9700 §2.6).
async fn preflight(IssuerAt(issuer): IssuerAt, headers: HeaderMap) -> Response {
    let allowed =
        issuer.step(|step| step.directory.apps.iter().find_map(|app| allowed_origin(&headers, Some(app))));
    let mut response = StatusCode::NO_CONTENT.into_response();
    if allowed.is_some() {
        let headers = response.headers_mut();
        headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("POST"));
        headers.insert(
            header::ACCESS_CONTROL_ALLOW_HEADERS,
            HeaderValue::from_static("authorization, content-type, accept"),
        );
    }
    with_cors(response, allowed)
}

fn with_cors(mut response: Response, allowed_origin: Option<HeaderValue>) -> Response {
    let headers = response.headers_mut();
    headers.append(header::VARY, HeaderValue::from_static("Origin"));
    if let Some(origin) = allowed_origin {
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    }
    response
}

/// Runs a step of an endpoint that an app authenticates at, and answers with JSON.
pub(super) fn authenticated<R: IntoResponse>(
    issuer: &Issuer,
    request: Result<FormRequest, Refusal>,
    step: impl FnOnce(&FormRequest, &App, &mut Step<'_>) -> Result<R, Refusal>,
) -> Response {
    let request = match request {
        Ok(request) => request,
        Err(refusal) => {
            return issuer.step(|mut step| Refused::new(refusal, None, &mut step)).respond(Note::default());
        }
    };
    let credentials = credentials(&request);
    let (note, decided) = issuer.step(|mut memory| {
        let claimed = claimed_app(&credentials, memory.directory);
        let note = note(&request, claimed.as_ref());
        let decided = authenticated_app(&request, &credentials, memory.directory)
            .cloned()
            .and_then(|app| step(&request, &app, &mut memory))
            .map_err(|refusal| Refused::new(refusal, claimed.as_ref(), &mut memory));
        (note, decided)
    });
    match decided {
        Ok(answer) => note.on(respond::no_store(answer.into_response())),
        Err(refused) => refused.respond(note),
    }
}
