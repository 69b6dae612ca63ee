//! The server's metadata (RFC 8414, OpenID Connect Discovery), and whether they are those of the configured issuer.

use serde_json::{Map, Value};
use url::Url;

use super::finding::{Check, Finding};
use crate::http_client::HttpResponse;

/// Where the metadata is, below the issuer. Okta serves both.
pub(super) const PATHS: [&str; 2] =
    ["/.well-known/openid-configuration", "/.well-known/oauth-authorization-server"];

/// The endpoints that the tutorial's programs build from the issuer, by their names in the metadata.
const ENDPOINTS: [(&str, &str); 3] =
    [("authorization_endpoint", "/v1/authorize"), ("token_endpoint", "/v1/token"), ("jwks_uri", "/v1/keys")];

/// The result of a request for the metadata.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// There is none at this place.
    None,
    /// It was judged. `fatal` if there is no authorization server at that address.
    Judged { findings: Vec<Finding>, fatal: bool },
}

pub(super) fn judge(answer: &HttpResponse, url: &str, issuer: &str) -> Outcome {
    let check = Check::Metadata;
    let looked_at = format!("GET {url}");
    let fatal = |found: String, remedy: String| Outcome::Judged {
        findings: vec![check.error(&looked_at, found, remedy)],
        fatal: true,
    };
    let json: Option<Map<String, Value>> = serde_json::from_str(&answer.body).ok();
    match (answer.status, json) {
        (200, Some(document)) => {
            Outcome::Judged { findings: document_of(&document, &looked_at, issuer), fatal: false }
        }
        (404, Some(envelope)) if is_unknown_issuer(&envelope) => {
            let id = issuer.rsplit('/').next().unwrap_or_default();
            fatal(
                format!("the server does not know the issuer {id}"),
                "check the last part of FORTELLIS_AUTH_SERVER_URL".to_owned(),
            )
        }
        (404 | 405, _) => Outcome::None,
        (200, None) => fatal(
            format!("expected metadata, received {}", answer.in_words()),
            "open the address in a browser: it may be another server, or the sign-in page of a network"
                .to_owned(),
        ),
        (300..=399, _) => fatal(
            format!("a redirect, {}", answer.in_words()),
            "write the issuer that it leads to, if that is the right one".to_owned(),
        ),
        _ => fatal(
            answer.in_words(),
            "the server, or something in front of it, fails or refuses access; try again, or from another \
             network"
                .to_owned(),
        ),
    }
}

/// The finding where neither address has metadata.
pub(super) fn absent(issuer: &str) -> Finding {
    Check::Metadata.warning(
        &format!("GET {issuer}{}", PATHS[0]),
        "the server does not publish metadata",
        "nothing, if the other checks pass: Fortellis documents none, and the programs do not need it",
    )
}

fn is_unknown_issuer(envelope: &Map<String, Value>) -> bool {
    envelope.get("errorCode").is_some_and(|code| code == "E0000007")
        && envelope
            .get("errorSummary")
            .and_then(Value::as_str)
            .is_some_and(|text| text.contains("AuthorizationServer"))
}

fn document_of(document: &Map<String, Value>, looked_at: &str, issuer: &str) -> Vec<Finding> {
    let check = Check::Metadata;
    let text = |name: &str| document.get(name).and_then(Value::as_str);
    let mut findings = Vec::new();
    match text("issuer") {
        Some(own) if own == issuer => {}
        Some(own) => findings.push(check.error(
            looked_at,
            format!("the issuer in the metadata is {own}{}", difference(own, issuer)),
            format!(
                "set FORTELLIS_AUTH_SERVER_URL={own}, if that is the right one: tokens carry it as iss, and issuers \
                 are compared byte for byte"
            ),
        )),
        None => findings.push(missing(looked_at, "issuer")),
    }
    for (name, path) in ENDPOINTS {
        match text(name) {
            Some(url) if url == format!("{issuer}{path}") => {}
            // Where the issuer is another one, so are its endpoints, which has been said.
            Some(url) if text("issuer").is_some_and(|own| url == format!("{own}{path}")) => {}
            Some(url) => findings.push(check.warning(
                looked_at,
                format!("its {name} is {url}"),
                format!("the programs use {issuer}{path}; see that it is served too"),
            )),
            None => findings.push(missing(looked_at, name)),
        }
    }
    let lists = |name: &str, value: &str| {
        document.get(name).and_then(Value::as_array).map(|values| values.iter().any(|it| it == value))
    };
    match lists("response_types_supported", "code") {
        Some(true) => {}
        Some(false) => findings.push(check.error(
            looked_at,
            "the server does not support the response type code",
            "use an issuer that does: the tutorial needs it",
        )),
        None => findings.push(missing(looked_at, "response_types_supported")),
    }
    // Where it is left out, authorization_code is supported (RFC 8414 §2).
    if lists("grant_types_supported", "authorization_code") == Some(false) {
        findings.push(check.error(
            looked_at,
            "the server does not support the grant type authorization_code",
            "use an issuer that does: the tutorial needs it",
        ));
    }
    if findings.is_empty() {
        findings.push(check.ok(looked_at, "issuer and endpoints are as the programs expect them"));
    }
    findings
}

fn missing(looked_at: &str, name: &str) -> Finding {
    Check::Metadata.error(
        looked_at,
        format!("the metadata has no {name}, which is required (RFC 8414 §2)"),
        "report it to the operator of the server, or use another issuer",
    )
}

/// In which part two issuers differ, where it is but one.
fn difference(own: &str, issuer: &str) -> String {
    let (Ok(theirs), Ok(ours)) = (Url::parse(own), Url::parse(issuer)) else { return String::new() };
    let slash = own.trim_end_matches('/') == issuer;
    let parts = [
        ("the scheme", theirs.scheme() == ours.scheme()),
        ("the host", theirs.host() == ours.host()),
        ("the port", theirs.port_or_known_default() == ours.port_or_known_default()),
        ("the path", theirs.path() == ours.path()),
    ];
    let mut different = parts.iter().filter(|(_, same)| !same).map(|(part, _)| *part);
    match (slash, different.next(), different.next()) {
        (true, ..) => ", with a slash at the end".to_owned(),
        (false, Some(part), None) => format!(": {part} differs"),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::doctor::finding::Level;

    const ISSUER: &str = "https://a.test/oauth2/x";

    fn good() -> Value {
        json!({
            "issuer": ISSUER,
            "authorization_endpoint": "https://a.test/oauth2/x/v1/authorize",
            "token_endpoint": "https://a.test/oauth2/x/v1/token",
            "jwks_uri": "https://a.test/oauth2/x/v1/keys",
            "response_types_supported": ["code", "token"],
        })
    }

    fn seen(document: &Value) -> Vec<(Level, String)> {
        let findings = document_of(document.as_object().unwrap(), "GET x", ISSUER);
        findings.into_iter().map(|finding| (finding.level, finding.found)).collect()
    }

    #[test]
    fn what_the_programs_need_is_enough() {
        assert_eq!(seen(&good())[0].0, Level::Ok);
    }

    #[test]
    fn an_issuer_that_is_nearly_right_is_told_where_it_is_not() {
        for (own, difference) in [
            ("https://a.test/oauth2/x/", ", with a slash at the end"),
            ("https://b.test/oauth2/x", ": the host differs"),
            ("http://a.test:443/oauth2/x", ": the scheme differs"),
            ("https://a.test:8443/oauth2/x", ": the port differs"),
            ("https://a.test/oauth2/y", ": the path differs"),
            ("https://A.test/oauth2/x", ""),
            ("http://b.test/y", ""),
        ] {
            let mut document = good();
            document["issuer"] = json!(own);
            assert_eq!(
                seen(&document),
                [(Level::Error, format!("the issuer in the metadata is {own}{difference}"))]
            );
        }
    }

    #[test]
    fn what_is_missing_or_elsewhere_is_named() {
        for name in
            ["issuer", "authorization_endpoint", "token_endpoint", "jwks_uri", "response_types_supported"]
        {
            let mut document = good();
            document.as_object_mut().unwrap().remove(name);
            let seen = seen(&document);
            assert!(seen[0].1.contains(name) && seen[0].0 == Level::Error, "{seen:?}");
        }
        let mut document = good();
        document["token_endpoint"] = json!("https://b.test/token");
        assert_eq!(
            seen(&document),
            [(Level::Warning, "its token_endpoint is https://b.test/token".to_owned())]
        );
        document = good();
        document["response_types_supported"] = json!(["token"]);
        document["grant_types_supported"] = json!(["implicit"]);
        assert_eq!(seen(&document).len(), 2);
    }
}
