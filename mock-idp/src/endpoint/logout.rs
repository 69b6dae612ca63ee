//! `GET` and `POST /v1/logout`: ends the session (OpenID Connect RP-Initiated Logout).

use axum::{
    http::{HeaderValue, Method, StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};

use super::{Route, authorize::id_token_hint};
use crate::{
    dialect::Dialect,
    extract::{Cookies, Form, IssuerAt},
    issuer::Step,
    journal::Note,
    protocol::{
        id_token_hint::IdTokenHint, near_miss, params::Params, redirect_uri::RedirectUri, refusal::Refusal,
    },
    respond::{SignedOutPage, html, no_store, refusal_page},
};

pub(super) fn route() -> Route {
    get(logout).post(logout)
}

async fn logout(IssuerAt(issuer): IssuerAt, method: Method, Form(request): Form) -> Response {
    let decided = request.map(|request| {
        let params = request.all();
        // Verifying takes no lock. An expired hint is as good as a fresh one (§2).
        let hint = id_token_hint(&params, &issuer);
        let decided = issuer.step(|mut step| {
            decide(&params, hint.as_ref(), &Cookies::of(&request.headers), &mut step)
                .map_err(|refusal| (refusal, step.directory.house_dialect()))
        });
        (Note::default().params(&params), decided)
    });
    let (note, decided) =
        decided.unwrap_or_else(|refusal| (Note::default(), Err((refusal, Dialect::Fortellis))));
    let response = match decided {
        Ok(Some(location)) => redirect(&method, &location),
        Ok(None) => html(StatusCode::OK, &SignedOutPage { issuer: issuer.name().to_owned() }),
        Err((refusal, dialect)) => return note.refusal(&refusal).on(refusal_page(&refusal, dialect)),
    };
    note.on(Cookies::end_session(response, &issuer))
}

/// Ends the session, and says where the browser goes. Nothing is ended where something is wrong.
fn decide(
    params: &Params,
    hint: Option<&IdTokenHint>,
    cookies: &Cookies,
    step: &mut Step<'_>,
) -> Result<Option<String>, Refusal> {
    if !params.has("id_token_hint") {
        return Err(Refusal::LogoutHintMissing);
    }
    let hint = hint.ok_or(Refusal::LogoutHintInvalid)?;
    let location =
        params.get("post_logout_redirect_uri").map(|sent| location(sent, hint, params, step)).transpose()?;
    if let Some(id) = cookies.session() {
        // Another user's session is not the hint's to end.
        let own = step
            .ledger
            .sessions
            .live(&id, step.now)
            .is_some_and(|session| session.person.uid == hint.subject);
        if own {
            step.ledger.sessions.end(&id);
        }
    }
    Ok(location)
}

/// Where the browser goes: to a registered address of the app that the hint was made for. Fortellis' ID tokens do
/// not name their app, so there every app's addresses count.
fn location(sent: &str, hint: &IdTokenHint, params: &Params, step: &Step<'_>) -> Result<String, Refusal> {
    let named = params.get("client_id").unwrap_or(&hint.audience);
    let of_hint: Vec<_> = step.directory.apps.iter().filter(|app| app.api_key.as_str() == named).collect();
    let apps = if of_hint.is_empty() { step.directory.apps.iter().collect() } else { of_hint };
    let found = apps
        .iter()
        .find_map(|app| RedirectUri::registered(sent, &app.post_logout_callbacks, app.dialect.comparison()));
    let Some(uri) = found else {
        let registered: Vec<_> = apps.iter().flat_map(|app| app.post_logout_callbacks.clone()).collect();
        let urls: Vec<String> = registered.iter().map(|uri| uri.url.clone()).collect();
        let near = near_miss::redirect_uri(sent, &urls);
        return Err(Refusal::LogoutRedirectUnregistered { sent: sent.to_owned(), registered, near });
    };
    let Some(state) = params.get("state") else { return Ok(uri.as_str().to_owned()) };
    let separator = if uri.as_str().contains('?') { '&' } else { '?' };
    let state = form_urlencoded::Serializer::new(String::new()).append_pair("state", state).finish();
    Ok(format!("{}{separator}{state}", uri.as_str()))
}

fn redirect(method: &Method, location: &str) -> Response {
    let status = if method == Method::POST { StatusCode::SEE_OTHER } else { StatusCode::FOUND };
    let mut response = no_store(status.into_response());
    if let Ok(location) = HeaderValue::try_from(location) {
        response.headers_mut().insert(header::LOCATION, location);
    }
    response
}
