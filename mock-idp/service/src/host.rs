//! The check of the `Host` header (RFC 9112 §3.2).

use axum::{
    extract::Request,
    http::{HeaderValue, StatusCode, Version, header},
    response::Response,
};

/// The answer to a request without a `Host` header, or with more than one: 400. HTTP/1.0 does not demand the header.
pub(crate) fn refuse<B>(request: &Request<B>) -> Option<Response> {
    let reason = match request.headers().get_all(header::HOST).iter().count() {
        0 if request.version() >= Version::HTTP_11 => "The request has no Host header.",
        0 | 1 => return None,
        _ => "The request has more than one Host header.",
    };
    let text = format!("{reason} HTTP/1.1 demands exactly one (RFC 9112, section 3.2).\n");
    let mut response = Response::new(text.into());
    *response.status_mut() = StatusCode::BAD_REQUEST;
    let plain = HeaderValue::from_static("text/plain; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, plain);
    Some(response)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exactly_one_host_is_demanded() {
        for (version, hosts, refused) in [
            (Version::HTTP_11, 0, true),
            (Version::HTTP_11, 1, false),
            (Version::HTTP_11, 2, true),
            (Version::HTTP_10, 0, false),
            (Version::HTTP_10, 1, false),
            (Version::HTTP_10, 2, true),
        ] {
            let mut request = Request::builder().version(version);
            for _ in 0..hosts {
                request = request.header(header::HOST, "localhost");
            }
            let answer = refuse(&request.body(()).unwrap());
            assert_eq!(answer.map(|answer| answer.status()), refused.then_some(StatusCode::BAD_REQUEST));
        }
    }
}
