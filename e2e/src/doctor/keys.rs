//! The keys that verify the server's tokens (RFC 7517).

use std::collections::BTreeSet;

use serde_json::Value;

use super::finding::{Check, Finding};
use crate::http_client::HttpResponse;

pub(super) fn judge(answer: &HttpResponse, url: &str) -> Vec<Finding> {
    let check = Check::Keys;
    let looked_at = format!("GET {url}");
    let document: Option<Value> = serde_json::from_str(&answer.body).ok();
    let keys = document.as_ref().and_then(|it| it["keys"].as_array()).filter(|_| answer.status == 200);
    let Some(keys) = keys else {
        return vec![check.error(
            &looked_at,
            format!("expected a key set, received {}", answer.in_words()),
            "check FORTELLIS_AUTH_SERVER_URL: Fortellis has the keys below the issuer, at /v1/keys",
        )];
    };
    let mut findings = Vec::new();
    let verifying: Vec<&Value> = keys.iter().filter(|key| verifies_rs256(key)).collect();
    if verifying.is_empty() {
        findings.push(check.error(
            &looked_at,
            format!("none of {} keys is an RS256 key with a kid: no token could be verified", keys.len()),
            "report it to the operator of the server, or use another issuer",
        ));
    }
    let kids: BTreeSet<&str> = verifying.iter().filter_map(|key| key["kid"].as_str()).collect();
    if kids.len() < verifying.len() {
        findings.push(check.warning(
            &looked_at,
            "two keys have the same kid, so a token does not identify its key",
            "report it to the operator of the server",
        ));
    }
    if keys.iter().any(|key| key.get("d").is_some() || key["kty"] == "oct") {
        findings.push(check.error(
            &looked_at,
            "a private key is published: anyone can make tokens of this server",
            "do not use it, and report it to its operator",
        ));
    }
    if findings.is_empty() {
        let keys = if kids.len() == 1 { "key" } else { "keys" };
        findings.push(check.ok(&looked_at, format!("{} RS256 {keys} with a kid", kids.len())));
    }
    findings
}

/// `alg` and `use` may be left out (RFC 7517 §4.2, §4.4); another `use` may not be there.
fn verifies_rs256(key: &Value) -> bool {
    let is = |name: &str, value: &str| key.get(name).is_none_or(|it| it == value);
    let text = |name: &str| key[name].as_str().is_some_and(|text| !text.is_empty());
    key["kty"] == "RSA" && is("alg", "RS256") && is("use", "sig") && text("kid") && text("n") && text("e")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::doctor::finding::Level;

    fn seen(status: u16, body: &Value) -> Vec<Level> {
        let answer = HttpResponse { status, headers: http::HeaderMap::new(), body: body.to_string() };
        judge(&answer, "x").into_iter().map(|finding| finding.level).collect()
    }

    #[test]
    fn a_key_set_must_verify_rs256() {
        let good = json!({ "kty": "RSA", "alg": "RS256", "use": "sig", "kid": "1", "n": "AQ", "e": "AQAB" });
        let without = |name: &str| {
            let mut key = good.clone();
            key.as_object_mut().unwrap().remove(name);
            key
        };
        let with = |name: &str, value: &str| {
            let mut key = good.clone();
            key[name] = json!(value);
            key
        };
        for (keys, expected) in [
            (json!([good]), vec![Level::Ok]),
            (json!([without("alg"), with("kid", "2")]), vec![Level::Ok]),
            (json!([]), vec![Level::Error]),
            (json!([without("kid")]), vec![Level::Error]),
            (json!([with("alg", "ES256")]), vec![Level::Error]),
            (json!([with("use", "enc")]), vec![Level::Error]),
            (json!([good, good]), vec![Level::Warning]),
            (json!([with("d", "AQ")]), vec![Level::Error]),
        ] {
            assert_eq!(seen(200, &json!({ "keys": keys })), expected, "{keys}");
        }
        assert_eq!(seen(200, &json!({})), [Level::Error]);
        assert_eq!(seen(404, &json!({ "keys": [good] })), [Level::Error]);
    }
}
