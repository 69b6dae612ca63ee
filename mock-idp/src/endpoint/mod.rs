//! The HTTP endpoints, one a file, in the order in which a sign-in happens.

mod authorize;
mod faults;
mod gateway;
mod health;
mod introspect;
mod keys;
mod logout;
mod metadata;
mod record;
mod revoke;
mod sign_in;
mod subscriptions;
mod token;
mod userinfo;

use axum::{
    Router,
    extract::{DefaultBodyLimit, OriginalUri, State},
    http::Method,
    middleware,
    response::Response,
    routing::MethodRouter,
};

use crate::{
    extract::{FORM_LIMIT, IssuerAt},
    issuers::{DEFAULT, Issuers},
    journal,
    protocol::metadata::path,
    refusal::RequestRefusal,
    respond,
};

pub(crate) use crate::protocol::endpoint::Endpoint;

/// Where issuers stand.
const ISSUER: &str = "/oauth2/{issuer}";

/// Every URL that the mock answers.
pub(crate) fn router(issuers: Issuers) -> Router {
    let at = |path: &str| format!("{ISSUER}{path}");
    let token = || token::route().fallback(only_post);
    let metadata = metadata::routes().into_iter().fold(Router::new(), |router, (path, document)| {
        router.route(&at(path), document()).route(&format!("{path}{ISSUER}"), document())
    });
    let apis = gateway::routes()
        .into_iter()
        .chain(subscriptions::routes())
        .fold(Router::new(), |router, (path, route)| router.route(&path, route));
    metadata
        .route(&at(path::KEYS), keys::route())
        .route(&at(path::AUTHORIZE), authorize::route().fallback(get_or_post))
        .route(&at(sign_in::PATH), sign_in::route().fallback(get_or_post))
        .route(&at(sign_in::FAULTS_PATH), sign_in::faults_route().fallback(only_get))
        .route(&at(path::TOKEN), token())
        .route(&at("/v1/token/"), token())
        .route(&at(path::USERINFO), userinfo::route())
        .route(&at(path::INTROSPECT), introspect::route().fallback(only_post))
        .route(&at(path::REVOKE), revoke::route().fallback(only_post))
        .route(&at(path::LOGOUT), logout::route().fallback(get_or_post))
        .merge(apis)
        .layer(middleware::from_fn_with_state(issuers.clone(), faults::strike))
        .layer(middleware::from_fn_with_state(issuers.clone(), record::record))
        .layer(middleware::from_fn_with_state(issuers.clone(), faults::perform))
        .route("/healthz", health::route())
        .fallback(unknown_path)
        .layer(DefaultBodyLimit::max(FORM_LIMIT))
        .with_state(issuers)
}

/// The endpoint that a route's path belongs to.
fn endpoint_of(matched: &str) -> Option<Endpoint> {
    if matched.contains("/.well-known/") {
        return Some(Endpoint::Metadata);
    }
    if matched.starts_with(gateway::BASE) {
        return Some(Endpoint::Gateway);
    }
    if matched.starts_with(subscriptions::BASE) {
        return Some(Endpoint::Subscriptions);
    }
    Some(match matched.strip_prefix(ISSUER)?.trim_end_matches('/') {
        path::KEYS => Endpoint::Keys,
        path::AUTHORIZE => Endpoint::Authorize,
        path::TOKEN => Endpoint::Token,
        path::USERINFO => Endpoint::Userinfo,
        path::INTROSPECT => Endpoint::Introspect,
        path::REVOKE => Endpoint::Revoke,
        path::LOGOUT => Endpoint::Logout,
        sign_in::PATH => Endpoint::SignIn,
        _ => return None,
    })
}

type Route = MethodRouter<Issuers>;

async fn only_get(issuer: IssuerAt, method: Method) -> Response {
    method_not_allowed(&issuer, &method, "GET")
}

async fn only_post(issuer: IssuerAt, method: Method) -> Response {
    method_not_allowed(&issuer, &method, "POST")
}

async fn get_or_post(issuer: IssuerAt, method: Method) -> Response {
    method_not_allowed(&issuer, &method, "GET, POST")
}

fn method_not_allowed(IssuerAt(issuer): &IssuerAt, method: &Method, allowed: &'static str) -> Response {
    let refusal = RequestRefusal::MethodNotAllowed { method: method.to_string(), allowed }.into();
    let (dialect, error_id) = issuer.step(|step| (step.directory.house_dialect(), step.entropy.error_id()));
    journal::Note::default().refusal(&refusal).on(respond::oauth_error(&refusal, dialect, error_id))
}

async fn unknown_path(State(issuers): State<Issuers>, OriginalUri(uri): OriginalUri) -> Response {
    let error_id = issuers.get_or_make(DEFAULT).step(|step| step.entropy.error_id());
    respond::unknown_path(uri.path(), error_id)
}
