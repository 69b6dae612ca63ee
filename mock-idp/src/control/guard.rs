//! Who may use the control API: programs on this machine and the mock's own pages, but no page of another site.
//!
//! A browser lets any page send requests to this machine. Three checks find requests of such pages: the host
//! that the request names (DNS rebinding), the headers in which browsers name the origin of a request (`Origin`,
//! `Sec-Fetch-Site`), and the media type, since a form cannot be sent as JSON.

use axum::{
    extract::{MatchedPath, Request, State},
    http::{HeaderMap, HeaderName, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use url::Url;

use super::{openapi, problem::Problem};
use crate::issuers::Issuers;

const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Refuses requests of other sites and queries that a call does not take. Replaces axum's empty 405 by a problem.
pub(super) async fn guard(State(issuers): State<Issuers>, request: Request, next: Next) -> Response {
    let changes = request
        .extensions()
        .get::<MatchedPath>()
        .is_some_and(|path| openapi::changes(path.as_str(), request.method()));
    if let Err(problem) = check(changes, request.headers(), &issuers) {
        return problem.into_response();
    }
    if let Some(problem) = stray_query(&request) {
        return problem.into_response();
    }
    let method = request.method().clone();
    let response = next.run(request).await;
    if response.status() == StatusCode::METHOD_NOT_ALLOWED {
        return Problem::method_not_allowed(method.as_str()).into_response();
    }
    response
}

/// Refuses a query that the call does not take. Otherwise `DELETE /_mock/faults?endpoint=token` would remove all
/// faults.
fn stray_query(request: &Request) -> Option<Problem> {
    let path = request.extensions().get::<MatchedPath>()?;
    let (name, _) = form_urlencoded::parse(request.uri().query()?.as_bytes()).next()?;
    openapi::takes_no_query(path.as_str(), request.method())
        .then(|| Problem::unfit_query(&name, &format!("{name} is a query parameter; this call takes none")))
}

/// `changes` is true if the call exists and changes something.
fn check(changes: bool, headers: &HeaderMap, issuers: &Issuers) -> Result<(), Problem> {
    let text = |name: &HeaderName| headers.get(name).map(|value| value.to_str().unwrap_or_default());
    let host = text(&header::HOST).unwrap_or_default();
    if !issuers.is_own_host(host) {
        return Err(Problem::foreign_host(host));
    }
    if let Some(origin) = text(&header::ORIGIN)
        && !is_own_origin(origin, host, issuers.base_url())
    {
        return Err(Problem::foreign_page(&format!("Origin: {origin}")));
    }
    // Images, scripts and links of another page send this header, but no Origin.
    if let Some(site @ ("cross-site" | "same-site")) = text(&FETCH_SITE) {
        return Err(Problem::foreign_page(&format!("Sec-Fetch-Site: {site}")));
    }
    let media_type = text(&header::CONTENT_TYPE);
    if changes && !media_type.is_some_and(is_json) {
        return Err(Problem::media_type(media_type));
    }
    Ok(())
}

/// Whether an origin is that of the requested host, or of the advertised URL.
fn is_own_origin(origin: &str, host: &str, base_url: &str) -> bool {
    let Ok(origin) = Url::parse(origin) else { return false };
    let own = [format!("http://{host}"), format!("https://{host}"), base_url.to_owned()];
    own.iter().filter_map(|own| Url::parse(own).ok()).any(|own| own.origin() == origin.origin())
}

fn is_json(media_type: &str) -> bool {
    media_type.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case("application/json")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_compared_with_its_port() {
        let own = |origin| is_own_origin(origin, "localhost:9100", "https://mock.example.com");
        assert!(
            own("http://localhost:9100") && own("https://localhost:9100") && own("https://mock.example.com")
        );
        assert!(!own("http://localhost:8080") && !own("http://127.0.0.1:9100") && !own("null") && !own(""));
        assert!(!own("http://mock.example.com"));
    }

    #[test]
    fn json_may_name_its_charset() {
        assert!(is_json("application/json") && is_json("Application/JSON; charset=utf-8"));
        assert!(!is_json("text/plain") && !is_json("application/json5") && !is_json(""));
    }
}
