//! Who may call: pages of allowed origins, and programs on this machine. Everybody else is refused before anything else
//! happens.
//!
//! CORS is not enough. It hides the answer from a foreign page, but the request has been sent: a simple POST, such as
//! one of `text/plain`, would use up a code, and an image, a script, a frame or a link would call the API with the
//! backend's token. Four facts identify such a request: the host that it names (DNS rebinding), `Origin`, and what
//! browsers say about a request in `Sec-Fetch-Site` and `Sec-Fetch-Mode` (Fetch Metadata). Programs send none of the
//! last three.

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, HeaderName, HeaderValue, header};

use crate::{cors::AllowedOrigins, error::Refusal};

const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
const FETCH_MODE: HeaderName = HeaderName::from_static("sec-fetch-mode");

/// The paths that are not for navigation: all that reach an upstream.
const NO_PAGES: &str = "/v1/";

/// Answers foreign callers with a refusal.
pub(crate) async fn refuse_foreign_callers(
    State(allowed): State<AllowedOrigins>,
    request: Request,
    next: Next,
) -> Response {
    match check(&allowed, &request) {
        Ok(()) => next.run(request).await,
        Err(refusal) => ([(header::VARY, "origin")], refusal).into_response(),
    }
}

fn check(allowed: &AllowedOrigins, request: &Request) -> Result<(), Refusal> {
    check_host(request)?;
    let has_allowed_origin = check_origin(allowed, request.headers())?;
    // A form of an allowed page navigates too, and names its origin.
    let path = request.uri().path();
    if path.starts_with(NO_PAGES) && has(request.headers(), FETCH_MODE, |mode| mode == "navigate") {
        return Err(Refusal::Navigation { path: path.to_owned() });
    }
    if has_allowed_origin {
        return Ok(());
    }
    // A page without an allowed origin. An unknown value counts as foreign.
    let foreign = request.headers().get_all(FETCH_SITE).iter().find(|site| !is_own_site(site));
    foreign.map_or(Ok(()), |site| Err(Refusal::ForeignPage { site: text(site) }))
}

/// The host is this machine. A target in absolute form names one as well. That there is one `Host` field, the server
/// has checked.
fn check_host(request: &Request) -> Result<(), Refusal> {
    let host = request.headers().get(header::HOST).map(text);
    let target = request.uri().authority().map(ToString::to_string);
    let foreign = [host, target]
        .into_iter()
        .flatten()
        .find(|host| !fortellis_service::is_loopback(&format!("http://{host}")));
    foreign.map_or(Ok(()), |host| Err(Refusal::ForeignHost { host }))
}

/// Whether there is an `Origin`; one that is not allowed is refused.
fn check_origin(allowed: &AllowedOrigins, headers: &HeaderMap) -> Result<bool, Refusal> {
    let mut origins = headers.get_all(header::ORIGIN).iter();
    match (origins.next(), origins.next()) {
        (None, _) => Ok(false),
        (Some(_), Some(_)) => Err(Refusal::InvalidRequest(
            "the request has several Origin fields; a browser sends one (RFC 6454 §7.3)".to_owned(),
        )),
        (Some(origin), None) if allowed.contains(origin) => Ok(true),
        (Some(origin), None) => {
            let origin = text(origin);
            Err(match allowed.meant_by(&origin) {
                _ if origin == "null" => Refusal::OpaqueOrigin,
                Some(meant) => Refusal::MisspeltOrigin { origin, meant },
                None => Refusal::ForeignOrigin { origin },
            })
        }
    }
}

/// Whether the person or the proxy's own origin asks. The proxy serves no pages, so the latter never happens; another
/// program behind the same address may serve some.
fn is_own_site(site: &HeaderValue) -> bool {
    site == "same-origin" || site == "none"
}

fn has(headers: &HeaderMap, name: HeaderName, is: impl Fn(&HeaderValue) -> bool) -> bool {
    headers.get_all(name).iter().any(is)
}

fn text(value: &HeaderValue) -> String {
    String::from_utf8_lossy(value.as_bytes()).into_owned()
}

#[cfg(test)]
mod tests {
    use axum::{Router, body::Body, middleware::from_fn_with_state};
    use http::{Method, StatusCode};
    use proptest::{collection::vec, prelude::*};
    use tower::ServiceExt;

    use super::*;

    const PAGE: &str = "http://localhost:8080";

    /// The guard and CORS as the proxy has them, in front of an endpoint that is content with everything.
    fn guarded() -> Router {
        let allowed = AllowedOrigins::new(&[PAGE.to_owned()]).unwrap();
        Router::new()
            .fallback(async || "reached")
            .layer(allowed.layer())
            .layer(from_fn_with_state(allowed, refuse_foreign_callers))
    }

    /// The answer to a request with these fields beside `Host`.
    fn answer(method: Method, fields: &[(HeaderName, HeaderValue)]) -> Response {
        let mut request =
            Request::builder().method(method).uri("/v1/api/orders").body(Body::empty()).unwrap();
        request.headers_mut().insert(header::HOST, HeaderValue::from_static("localhost:5000"));
        for (name, value) in fields {
            request.headers_mut().append(name, value.clone());
        }
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(guarded().oneshot(request)).unwrap()
    }

    /// Origins that resemble the allowed one, and any others that a header can hold.
    fn origins() -> impl Strategy<Value = HeaderValue> {
        let near = "(?i:https?)://(localhost|LOCALHOST|127\\.0\\.0\\.1|\\[::1\\]|localhost\\.evil\\.example)\
                    (:80|:8080|:08080|:8081)?/?";
        prop_oneof![
            near.prop_map(|text| HeaderValue::try_from(text).unwrap()),
            Just(HeaderValue::from_static("null")),
            vec(prop_oneof![Just(b'\t'), 32..127_u8, 128..=255_u8], 0..40)
                .prop_map(|bytes| HeaderValue::from_bytes(&bytes).unwrap()),
        ]
    }

    proptest! {
        #[test]
        fn a_foreign_origin_is_never_allowed_to_read_or_to_call(
            origins in vec(origins(), 1..3),
            site in prop::sample::select(vec!["", "none", "same-origin", "same-site", "cross-site"]),
            method in prop::sample::select(vec![Method::GET, Method::POST, Method::OPTIONS, Method::HEAD]),
        ) {
            prop_assume!(origins.len() > 1 || origins[0] != PAGE);
            let mut fields: Vec<_> = origins.into_iter().map(|origin| (header::ORIGIN, origin)).collect();
            if !site.is_empty() {
                fields.push((FETCH_SITE, HeaderValue::from_static(site)));
            }
            fields.push((header::ACCESS_CONTROL_REQUEST_METHOD, HeaderValue::from_static("POST")));
            let answer = answer(method, &fields);
            prop_assert!([StatusCode::FORBIDDEN, StatusCode::BAD_REQUEST].contains(&answer.status()));
            prop_assert!(answer.extensions().get::<Refusal>().is_some());
            let cors = |name: &HeaderName| name.as_str().starts_with("access-control-");
            prop_assert!(!answer.headers().keys().any(cors), "{:?}", answer.headers());
        }

        #[test]
        fn without_an_origin_only_the_person_and_programs_may_call(
            sites in vec("[ -~]{0,16}|(none|same-origin|same-site|cross-site)", 0..3),
        ) {
            let fields: Vec<_> = sites
                .iter()
                .map(|site| (FETCH_SITE, HeaderValue::try_from(site).unwrap()))
                .collect();
            let own = sites.iter().all(|site| ["none", "same-origin"].contains(&site.as_str()));
            let expected = if own { StatusCode::OK } else { StatusCode::FORBIDDEN };
            prop_assert_eq!(answer(Method::GET, &fields).status(), expected);
        }
    }
}
