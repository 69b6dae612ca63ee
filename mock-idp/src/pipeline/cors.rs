//! Which browser pages may read an answer (Fetch §3.3). Each row has its policy; it holds for refusals and faults too.

use http::{HeaderMap, HeaderValue, Method, StatusCode, header};

use crate::{
    directory::{App, Directory},
    endpoint::row::{Cors, Open, Row},
    respond::{Response, empty},
};

/// Whether a page sends the request. The answer of a fault has CORS headers only then: no other client reads them.
pub(super) fn comes_from_a_page(headers: &HeaderMap) -> bool {
    headers.contains_key(header::ORIGIN)
}

/// The answer to OPTIONS, with or without the header that makes it a preflight. `None` if no page may read the answers.
pub(super) fn options(row: &Row, headers: &HeaderMap, directory: &Directory) -> Option<Response> {
    match row.cors {
        Cors::Closed => None,
        Cors::Open(open) => Some(open_to_all(open, row)),
        Cors::CallbackOrigins => Some(open_to_callbacks(headers, directory)),
    }
}

fn open_to_all(open: Open, row: &Row) -> Response {
    let Open { methods, headers: names, exposes: _, max_age } = open;
    let allow = row.methods.options();
    let said = [
        (header::ACCESS_CONTROL_ALLOW_METHODS, Some(methods)),
        (header::ACCESS_CONTROL_ALLOW_HEADERS, Some(names)),
        (header::ACCESS_CONTROL_MAX_AGE, max_age),
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, Some("*")),
        (header::ALLOW, allow),
    ];
    let said = said.into_iter().filter_map(|(name, value)| Some((name, HeaderValue::from_static(value?))));
    let mut response = empty(StatusCode::OK);
    response.headers_mut().extend(said);
    response
}

/// A preflight names no app: it is allowed for the callback origins of all apps that browsers may call for.
fn open_to_callbacks(sent: &HeaderMap, directory: &Directory) -> Response {
    let allowed = directory.apps.iter().find_map(|app| allowed_origin(sent, Some(app)));
    let mut response = empty(StatusCode::NO_CONTENT);
    let headers = response.headers_mut();
    if allowed.is_some() {
        let names = HeaderValue::from_static("authorization, content-type, accept");
        headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("POST"));
        headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, names);
    }
    allow_origin(headers, allowed);
    response
}

/// The origin of a browser page that may read the answers that an app gets. There is none for dialect `fortellis`,
/// which is why the tutorial has a proxy.
pub(super) fn allowed_origin(headers: &HeaderMap, app: Option<&App>) -> Option<HeaderValue> {
    let origin = headers.get(header::ORIGIN)?;
    app.filter(|app| app.dialect.allows_browsers_at_token_endpoint())
        .filter(|app| app.has_origin(origin.to_str().unwrap_or_default()))
        .map(|_| origin.clone())
}

/// Lets pages read the answer to a request of this method. `allowed` is the origin of the app's page, where the row asks
/// for that.
pub(super) fn allow(row: &Row, method: &Method, headers: &mut HeaderMap, allowed: Option<HeaderValue>) {
    match row.cors {
        // The answer to OPTIONS has its own headers.
        _ if method == Method::OPTIONS => {}
        Cors::Closed => {}
        // A method that is not taken is refused in the same way for every origin.
        Cors::CallbackOrigins if !row.methods.take(method) => {}
        Cors::Open(open) => {
            let exposes = HeaderValue::from_static(open.exposes);
            headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, exposes);
            headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
        }
        Cors::CallbackOrigins => allow_origin(headers, allowed),
    }
}

fn allow_origin(headers: &mut HeaderMap, allowed: Option<HeaderValue>) {
    headers.append(header::VARY, HeaderValue::from_static("Origin"));
    if let Some(origin) = allowed {
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    }
}
