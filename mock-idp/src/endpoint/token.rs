//! `POST /v1/token`, also with a trailing slash: the token endpoint (RFC 6749 §3.2).

use axum::{
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
    routing::post,
};

use super::Route;
use crate::{
    client_authentication::Claimed,
    dialect::Dialect,
    directory::{App, Directory, Leniency},
    extract::{Form, FormRequest, IssuerAt},
    grant::{Exchange, Issuance, Minting},
    issuer::{Issuer, Step},
    journal::Note,
    protocol::refusal::Refusal,
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
        let dialect = app.map_or_else(|| step.directory.house_dialect(), |app| app.dialect);
        Self { refusal, dialect, error_id: step.entropy.error_id() }
    }

    pub(super) fn respond(self, note: Note) -> Response {
        note.refusal(&self.refusal).on(respond::oauth_error(&self.refusal, self.dialect, self.error_id))
    }
}

async fn token(IssuerAt(issuer): IssuerAt, Form(request): Form) -> Response {
    let request = match request {
        Ok(request) => request,
        Err(refusal) => {
            return issuer.step(|mut step| Refused::new(refusal, None, &mut step)).respond(Note::default());
        }
    };
    let mut note = Note::default().params(&request.all());
    let (decided, allowed_origin) = issuer.step(|mut step| {
        let app = claimed_app(&request, step.directory);
        let allowed_origin = allowed_origin(&request.headers, app.as_ref());
        note = std::mem::take(&mut note).app(app.as_ref().map(|app| app.api_key.clone()));
        if request.json {
            note = std::mem::take(&mut note).lenient(Leniency::JsonTokenRequest.as_str());
        }
        let decided =
            decide(&request, &mut step).map_err(|refusal| Refused::new(refusal, app.as_ref(), &mut step));
        (decided, allowed_origin)
    });
    let response = match decided {
        Ok(issuance) => {
            let user = issuance.person.as_ref().map(|person| person.username.clone());
            note.user(user).on(issuer.sign(issuance).into_response())
        }
        Err(refused) => refused.respond(note),
    };
    with_cors(response, allowed_origin)
}

fn decide(request: &FormRequest, step: &mut Step<'_>) -> Result<Issuance, Refusal> {
    let app = authenticated_app(request, step.directory)?.clone();
    let params = request.all();
    Exchange {
        params: &params,
        app: &app,
        ledger: step.ledger,
        entropy: step.entropy,
        minting: Minting { issuer: step.issuer, app: &app, lifetimes: step.lifetimes, now: step.now },
        now: step.now,
    }
    .decide()
}

/// The app that a request speaks for, if it exists: it decides how a refusal is worded.
pub(super) fn claimed_app(request: &FormRequest, directory: &Directory) -> Option<App> {
    let claimed = Claimed::find(request.authorization(), &request.body, &request.query).ok()?;
    directory.known_app(claimed.api_key()).ok().cloned()
}

/// The app that a request speaks for, once it has proved it and keeps to the wire format that it may use.
pub(super) fn authenticated_app<'a>(
    request: &FormRequest,
    directory: &'a Directory,
) -> Result<&'a App, Refusal> {
    if request.json
        && !claimed_app(request, directory).is_some_and(|app| app.is_lenient(Leniency::JsonTokenRequest))
    {
        return Err(Refusal::MediaTypeUnsupported { received: "application/json".to_owned() });
    }
    if let Some(name) = request.all().first_repeated() {
        return Err(Refusal::ParameterRepeated { name: name.to_owned() });
    }
    let claimed = Claimed::find(request.authorization(), &request.body, &request.query)?;
    let app = claimed.authenticate(directory)?;
    if !request.query.is_empty() && !app.dialect.takes_query_at_token_endpoint() {
        return Err(Refusal::ParametersInQuery);
    }
    Ok(app)
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
    let note = Note::default().params(&request.all());
    let (app, decided) = issuer.step(|mut memory| {
        let claimed = claimed_app(&request, memory.directory);
        let decided = authenticated_app(&request, memory.directory)
            .cloned()
            .and_then(|app| step(&request, &app, &mut memory))
            .map_err(|refusal| Refused::new(refusal, claimed.as_ref(), &mut memory));
        (claimed.map(|app| app.api_key), decided)
    });
    match decided {
        Ok(answer) => note.app(app).on(respond::no_store(answer.into_response())),
        Err(refused) => refused.respond(note.app(app)),
    }
}
