//! `GET` and `POST /v1/logout`: ends the session (OpenID Connect RP-Initiated Logout).

use axum::{
    http::{HeaderValue, Method, StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};

use super::{Route, authorize::id_token_hint, faults::Sabotage};
use crate::{
    directory::{App, Directory},
    extract::{Cookies, Form, FormRequest, IssuerAt},
    issuer::Step,
    journal::Note,
    protocol::{
        id_token_hint::IdTokenHint, near_miss, params::Params, redirect_uri::RedirectUri, text::ApiKey,
    },
    refusal::{LogoutRefusal, Refusal, RequestRefusal},
    respond::{SignedOutPage, html, no_store, refusal_page},
};

pub(super) fn route() -> Route {
    get(logout).post(logout)
}

/// What logging out comes to.
struct LoggedOut {
    /// Where the browser goes, if anywhere.
    location: Option<Place>,
    /// Whether the browser's cookie stands for nothing any more.
    forget_cookie: bool,
}

/// A registered address, and the client's `state`.
struct Place {
    uri: RedirectUri,
    state: Option<String>,
}

async fn logout(
    IssuerAt(issuer): IssuerAt,
    method: Method,
    sabotage: Sabotage,
    Form(request): Form,
) -> Response {
    let mut note = Note::default();
    let decided = request.and_then(FormRequest::without_json).and_then(|request| {
        let params = request.all();
        note = std::mem::take(&mut note).params(&params);
        // Verifying takes no lock.
        let hint = id_token_hint(&params, &issuer);
        issuer.step(|mut step| decide(&params, hint.as_ref(), &Cookies::of(&request.headers), &mut step))
    });
    let LoggedOut { location, forget_cookie } = match decided {
        Ok(logged_out) => logged_out,
        Err(refusal) => {
            let dialect = issuer.step(|step| step.directory.house_dialect());
            return note.refusal(&refusal).on(refusal_page(&refusal, dialect));
        }
    };
    let response = match location {
        Some(place) => {
            let state = place.state.map(|state| ("state", state));
            let params: Vec<_> = state.into_iter().collect();
            let params = match sabotage.of_callback(&issuer, false) {
                Some(change) => change.on(params),
                None => params,
            };
            redirect(&method, &with_params(&place.uri, &params))
        }
        None => html(StatusCode::OK, &SignedOutPage { issuer: issuer.name().to_owned() }),
    };
    note.on(if forget_cookie { Cookies::end_session(response, &issuer) } else { response })
}

/// Ends the session, and says where the browser goes. Nothing is ended where something is wrong.
fn decide(
    params: &Params,
    hint: Option<&IdTokenHint>,
    cookies: &Cookies,
    step: &mut Step<'_>,
) -> Result<LoggedOut, Refusal> {
    if let Some(name) = params.first_repeated() {
        return Err(RequestRefusal::ParameterRepeated { name: name.to_owned() }.into());
    }
    if !params.has("id_token_hint") {
        return Err(LogoutRefusal::HintMissing.into());
    }
    let hint = hint.ok_or(LogoutRefusal::HintInvalid)?;
    let app = app(params, hint, step.directory)?;
    let location =
        params.get("post_logout_redirect_uri").map(|sent| place(sent, app, params, step)).transpose()?;
    let session = cookies.session();
    // Another user's session is not the hint's to end.
    let of_another = session
        .as_ref()
        .and_then(|id| step.ledger.sessions.live(id, step.now))
        .is_some_and(|session| session.person.uid != hint.subject);
    if let Some(id) = session.filter(|_| !of_another) {
        step.ledger.sessions.end(&id);
    }
    Ok(LoggedOut { location, forget_cookie: !of_another })
}

/// The app that logs out, where the request names one. An app whose ID tokens name it can use no other app's
/// (RP-Initiated Logout §2); those of Fortellis name none.
fn app<'a>(
    params: &Params,
    hint: &IdTokenHint,
    directory: &'a Directory,
) -> Result<Option<&'a App>, Refusal> {
    let of_hint = directory.app(&ApiKey::new(&hint.audience));
    let Some(named) = params.get("client_id") else { return Ok(of_hint) };
    let app = directory.known_app(named)?;
    match of_hint {
        Some(of_hint) if of_hint.api_key != app.api_key => {
            Err(LogoutRefusal::HintOfAnotherApp { client_id: named.to_owned() }.into())
        }
        _ => Ok(Some(app)),
    }
}

/// Where the browser goes: to a registered address of the app. Where no app is named, every app's addresses count.
fn place(sent: &str, app: Option<&App>, params: &Params, step: &Step<'_>) -> Result<Place, Refusal> {
    let apps = app.map_or(step.directory.apps.as_slice(), std::slice::from_ref);
    let found = apps
        .iter()
        .find_map(|app| RedirectUri::registered(sent, &app.post_logout_callbacks, app.dialect.comparison()));
    let Some(uri) = found else {
        let registered: Vec<_> = apps.iter().flat_map(|app| app.post_logout_callbacks.clone()).collect();
        let urls: Vec<String> = registered.iter().map(|uri| uri.url.clone()).collect();
        let near = near_miss::redirect_uri(sent, &urls);
        return Err(LogoutRefusal::RedirectUnregistered { sent: sent.to_owned(), registered, near }.into());
    };
    Ok(Place { uri, state: params.get("state").map(str::to_owned) })
}

/// The address with its parameters, which is `state` or nothing.
fn with_params(uri: &RedirectUri, params: &[(&'static str, String)]) -> String {
    let uri = uri.as_str();
    if params.is_empty() {
        return uri.to_owned();
    }
    let separator = if uri.contains('?') { '&' } else { '?' };
    let mut encoded = form_urlencoded::Serializer::new(String::new());
    let encoded = encoded.extend_pairs(params.iter().map(|(name, value)| (name, value))).finish();
    format!("{uri}{separator}{encoded}")
}

fn redirect(method: &Method, location: &str) -> Response {
    let status = if method == Method::POST { StatusCode::SEE_OTHER } else { StatusCode::FOUND };
    let mut response = no_store(status.into_response());
    if let Ok(location) = HeaderValue::try_from(location) {
        response.headers_mut().insert(header::LOCATION, location);
    }
    response
}
