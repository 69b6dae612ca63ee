//! Whether the token endpoint is one, whether pages may call it, and, if asked for, whether it accepts the API Secret.

use fortellis_service::basic_credentials;
use http::header;
use serde_json::{Map, Value};
use url::form_urlencoded;

use super::finding::{Check, Finding};
use crate::http_client::{HttpRequest, HttpResponse};

/// A request for tokens without credentials and without a code: every server refuses it.
pub(super) fn empty_request(url: &str) -> HttpRequest {
    HttpRequest::form(url, "grant_type=authorization_code")
}

/// The same as a page at `origin` would send it: with the app's name and without its secret. A preflight shows less,
/// since it does not name the app.
pub(super) fn request_of_a_page(url: &str, origin: &str, api_key: &str) -> HttpRequest {
    let api_key = form_urlencoded::byte_serialize(api_key.as_bytes()).collect::<String>();
    HttpRequest::form(url, format!("grant_type=authorization_code&client_id={api_key}"))
        .header(header::ORIGIN, origin)
}

/// A request for a token of the app's own, which proves the API Secret and leaves nothing behind.
pub(super) fn secret_request(url: &str, api_key: &str, api_secret: &str) -> HttpRequest {
    HttpRequest::form(url, "grant_type=client_credentials&scope=anonymous")
        .header(header::AUTHORIZATION, basic_credentials(api_key, api_secret).expose())
}

/// Judges the answer to [`empty_request`].
pub(super) fn judge(answer: &HttpResponse, url: &str) -> Finding {
    let check = Check::TokenEndpoint;
    let looked_at = format!("POST {url}, without credentials");
    let json: Option<Map<String, Value>> = serde_json::from_str(&answer.body).ok();
    match (answer.status, json) {
        (400 | 401, Some(_)) => check.ok(&looked_at, "refuses the request, as a token endpoint does"),
        (429, _) => check.warning(&looked_at, "too many requests", "wait, then try again"),
        (200, Some(_)) => check.error(
            &looked_at,
            "it answers 200 to everyone",
            "check what answers there: a token endpoint does not do that",
        ),
        _ => check.error(
            &looked_at,
            format!("{}, where a token endpoint refuses with JSON", answer.in_words()),
            "check FORTELLIS_AUTH_SERVER_URL, and what answers there",
        ),
    }
}

/// Judges the answer to [`request_of_a_page`].
pub(super) fn judge_cors(answer: &HttpResponse, url: &str, origin: &str) -> Finding {
    let looked_at = format!("POST {url}, from a page at {origin}");
    let allowed = answer.field(header::ACCESS_CONTROL_ALLOW_ORIGIN);
    if allowed == "*" || allowed == origin {
        let found =
            "a browser may ask for tokens itself; the proxy still keeps the API Secret out of the page";
        return Check::TokenCors.note(&looked_at, found);
    }
    Check::TokenCors.ok(&looked_at, "no page may ask for tokens (CORS), which is why there is a proxy")
}

/// Judges the answer to [`secret_request`].
pub(super) fn judge_secret(answer: &HttpResponse, url: &str) -> Finding {
    let check = Check::ApiSecret;
    let looked_at = format!("POST {url}, client_credentials");
    let json: Map<String, Value> = serde_json::from_str(&answer.body).unwrap_or_default();
    let text = |name: &str| json.get(name).and_then(Value::as_str).unwrap_or_default();
    let code = if text("error").is_empty() { text("errorCode") } else { text("error") };
    let why =
        if text("error_description").is_empty() { text("errorSummary") } else { text("error_description") };
    match (answer.status, code) {
        (200, _) if !text("access_token").is_empty() => check.ok(&looked_at, "the server accepts the API Key and the API Secret"),
        (_, "invalid_client") => check.error(
            &looked_at,
            format!("the server refuses the API Key or the API Secret ({why})"),
            "copy both again from the app's page; a regenerated secret replaces the old one",
        ),
        // A server that answers so has accepted the credentials.
        (_, "unauthorized_client" | "unsupported_grant_type" | "invalid_scope" | "access_denied") => check.warning(
            &looked_at,
            format!("the server accepts the API Key and the API Secret, but does not issue a token of the app's own ({why})"),
            "nothing, for signing people in; for /v1/api of the proxy the app needs client_credentials with the scope \
             anonymous",
        ),
        _ => check.error(
            &looked_at,
            format!("{}, where a token was expected", answer.in_words()),
            "try again; if it happens again, report it to the operator of the server",
        ),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::doctor::finding::Level;

    fn answer(status: u16, body: &str) -> HttpResponse {
        HttpResponse { status, headers: http::HeaderMap::new(), body: body.to_owned() }
    }

    #[test]
    fn a_token_endpoint_refuses_with_json() {
        for (status, body, level) in [
            (400, r#"{"error":"invalid_request"}"#, Level::Ok),
            (401, r#"{"errorCode":"invalid_client"}"#, Level::Ok),
            (429, "", Level::Warning),
            (200, "{}", Level::Error),
            (404, r#"{"errorCode":"E0000007"}"#, Level::Error),
            (400, "<html>", Level::Error),
        ] {
            assert_eq!(judge(&answer(status, body), "x").level, level, "{status} {body}");
        }
    }

    #[test]
    fn a_refused_secret_is_told_from_a_refused_grant() {
        let of = |status: u16, body: Value| judge_secret(&answer(status, &body.to_string()), "x").level;
        assert_eq!(of(200, json!({ "access_token": "a" })), Level::Ok);
        assert_eq!(of(401, json!({ "error": "invalid_client", "error_description": "no" })), Level::Error);
        assert_eq!(of(400, json!({ "errorCode": "invalid_client", "errorSummary": "no" })), Level::Error);
        assert_eq!(of(400, json!({ "error": "unauthorized_client" })), Level::Warning);
        assert_eq!(of(500, json!({})), Level::Error);
        assert_eq!(of(200, json!({})), Level::Error);
    }

    #[test]
    fn a_page_that_may_ask_itself_is_remarked_on() {
        let mut open = answer(200, "");
        let seen = |answer: &HttpResponse| judge_cors(answer, "x", "http://localhost:8080").level;
        assert_eq!(seen(&open), Level::Ok);
        open.headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, "http://a.test".parse().unwrap());
        assert_eq!(seen(&open), Level::Ok);
        open.headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, "http://localhost:8080".parse().unwrap());
        assert_eq!(seen(&open), Level::Note);
    }
}
