//! Both metadata documents, at both of their addresses: what they say is what is served.

use std::collections::BTreeSet;

use mock_idp::{Config, Dialect};
use reqwest::{Method, header};
use serde_json::Value;

use crate::support::{ADVERTISED, Answer, Mock, oidc_request, with};

const OPENID: &str = "/.well-known/openid-configuration";
const OAUTH: &str = "/.well-known/oauth-authorization-server";

/// The address of RFC 8414 §3.1: the well-known part in front of the issuer's path.
fn inserted(mock: &Mock, document: &str) -> String {
    mock.outside(&format!("{document}/oauth2/{}", mock.issuer.name()))
}

/// Demo data in which every app is of dialect `oidc`.
fn all_oidc() -> Config {
    let mut config = Config::demo();
    for app in &mut config.directory.apps {
        app.dialect = Dialect::Oidc;
    }
    config
}

fn strings(value: &Value) -> BTreeSet<String> {
    value.as_array().unwrap().iter().map(|item| item.as_str().unwrap().to_owned()).collect()
}

/// D01, D02, P06
#[tokio::test]
async fn openid_configuration_is_what_it_is() {
    let mock = Mock::start().await;
    let answer = mock.get(&mock.at(OPENID)).await;
    assert_eq!((answer.status, answer.header("content-type")), (200, "application/json"));
    insta::assert_json_snapshot!(answer.json());
}

#[tokio::test]
async fn oauth_authorization_server_is_what_it_is() {
    let mock = Mock::start().await;
    insta::assert_json_snapshot!(mock.get(&mock.at(OAUTH)).await.json());
}

/// D03
#[tokio::test]
async fn each_document_stands_at_the_path_of_rfc_8414_too() {
    let mock = Mock::start().await;
    for document in [OPENID, OAUTH] {
        let below = mock.get(&mock.at(document)).await;
        let before = mock.get(&inserted(&mock, document)).await;
        assert_eq!(below.whole(), before.whole());
    }
}

/// D03
#[tokio::test]
async fn where_both_documents_speak_they_agree() {
    let mock = Mock::start().await;
    let (openid, oauth) = (mock.get(&mock.at(OPENID)).await.json(), mock.get(&mock.at(OAUTH)).await.json());
    for (name, value) in oauth.as_object().unwrap() {
        if name != "claims_supported" {
            assert_eq!(openid.get(name), Some(value), "{name}");
        }
    }
}

/// D01
#[tokio::test]
async fn issuer_is_the_address_that_was_asked_for() {
    let config = Config { issuer_url: Some("https://idp.example.com".to_owned()), ..Config::demo() };
    let mock = Mock::start_with(config).await;
    for document in [OPENID, OAUTH] {
        let metadata = mock.get(&mock.at(document)).await.json();
        assert_eq!(metadata["issuer"], "https://idp.example.com/oauth2/test");
        assert_eq!(metadata["token_endpoint"], "https://idp.example.com/oauth2/test/v1/token");
    }
}

#[tokio::test]
async fn a_container_network_may_have_a_name_of_its_own_for_the_back_channel() {
    let config = Config { back_channel_url: Some("http://mock-idp:9100".to_owned()), ..Config::demo() };
    let mock = Mock::start_with(config).await;
    let metadata = mock.get(&mock.at(OPENID)).await.json();
    for (member, base) in [
        ("issuer", ADVERTISED),
        ("authorization_endpoint", ADVERTISED),
        ("end_session_endpoint", ADVERTISED),
        ("token_endpoint", "http://mock-idp:9100"),
        ("jwks_uri", "http://mock-idp:9100"),
        ("userinfo_endpoint", "http://mock-idp:9100"),
        ("introspection_endpoint", "http://mock-idp:9100"),
        ("revocation_endpoint", "http://mock-idp:9100"),
    ] {
        assert!(metadata[member].as_str().unwrap().starts_with(base), "{member}: {}", metadata[member]);
    }
}

/// D02
#[tokio::test]
async fn required_members_are_there_and_no_array_is_empty() {
    let mock = Mock::start().await;
    let metadata = mock.get(&mock.at(OPENID)).await.json();
    for required in [
        "issuer",
        "authorization_endpoint",
        "token_endpoint",
        "jwks_uri",
        "response_types_supported",
        "subject_types_supported",
        "id_token_signing_alg_values_supported",
    ] {
        assert!(metadata.get(required).is_some(), "{required}");
    }
    for (name, value) in metadata.as_object().unwrap() {
        assert!(value.as_array().is_none_or(|items| !items.is_empty()), "{name} is empty");
        assert!(!value.is_null(), "{name} is null");
    }
    assert!(strings(&metadata["id_token_signing_alg_values_supported"]).contains("RS256"));
}

#[tokio::test]
async fn every_endpoint_that_is_named_is_served() {
    let mock = Mock::start().await;
    for document in [OPENID, OAUTH] {
        let metadata = mock.get(&mock.at(document)).await.json();
        let named: Vec<&str> = metadata
            .as_object()
            .unwrap()
            .iter()
            .filter(|(name, _)| name.ends_with("_endpoint") || *name == "jwks_uri")
            .map(|(_, url)| url.as_str().unwrap())
            .collect();
        assert!(named.len() >= 6, "{named:?}");
        for url in named {
            for method in [Method::GET, Method::POST] {
                let answer = mock.browse(method, url, &[]).await;
                assert!(answer.status != 404 && answer.status < 500, "{url}: {}", answer.whole());
            }
        }
    }
}

#[tokio::test]
async fn nothing_is_promised_that_is_not_kept() {
    let mock = Mock::start().await;
    let metadata = mock.get(&mock.at(OPENID)).await.json();
    for absent in [
        "registration_endpoint",
        "device_authorization_endpoint",
        "pushed_authorization_request_endpoint",
        "backchannel_authentication_endpoint",
        "check_session_iframe",
        "frontchannel_logout_supported",
        "backchannel_logout_supported",
        "request_object_signing_alg_values_supported",
    ] {
        assert_eq!(metadata.get(absent), None, "{absent}");
    }
    let methods = strings(&metadata["token_endpoint_auth_methods_supported"]);
    assert_eq!(
        methods.into_iter().collect::<Vec<_>>(),
        ["client_secret_basic", "client_secret_post", "none"]
    );
    for refused in
        ["request_parameter_supported", "request_uri_parameter_supported", "claims_parameter_supported"]
    {
        assert_eq!(metadata[refused], false);
    }
}

#[tokio::test]
async fn each_response_type_and_mode_that_is_named_works() {
    let mock = Mock::start().await;
    let metadata = mock.get(&mock.at(OPENID)).await.json();
    mock.signed_in(&oidc_request()).await;
    for response_type in strings(&metadata["response_types_supported"]) {
        for mode in strings(&metadata["response_modes_supported"]) {
            let params = with(&with(&oidc_request(), "response_type", &response_type), "nonce", "n");
            let answer = mock.authorize(&with(&params, "response_mode", &mode)).await;
            let refused = response_type != "code" && mode == "query";
            let error = answer.callback_param("error").is_some();
            assert_eq!(error, refused, "{response_type} {mode}: {}", answer.whole());
            assert!([200, 302].contains(&answer.status) && !answer.body.contains("name=\"password\""));
        }
    }
}

#[tokio::test]
async fn each_scope_that_is_named_may_be_asked_for() {
    let mock = Mock::start().await;
    let scopes: Vec<String> =
        strings(&mock.get(&mock.at(OPENID)).await.json()["scopes_supported"]).into_iter().collect();
    let answer = mock.signed_in(&with(&oidc_request(), "scope", &scopes.join(" "))).await;
    assert!(answer.callback_param("code").is_some(), "{}", answer.whole());
}

#[tokio::test]
async fn each_grant_type_that_is_named_is_known_at_the_token_endpoint() {
    let mock = Mock::start().await;
    let metadata = mock.get(&mock.at(OPENID)).await.json();
    for grant_type in strings(&metadata["grant_types_supported"]) {
        if grant_type != "implicit" {
            let answer =
                mock.post_as(crate::support::OIDC, "/v1/token", &[("grant_type", &grant_type)]).await;
            assert_ne!(answer.json()["error"], "unsupported_grant_type", "{grant_type}");
        }
    }
}

/// A48: `iss` on the callback is promised where every app gets it, and then it is kept.
#[tokio::test]
async fn iss_on_the_callback_is_promised_where_every_app_gets_it() {
    let promised = async |mock: &Mock| {
        let metadata = mock.get(&mock.at(OPENID)).await.json();
        metadata["authorization_response_iss_parameter_supported"].clone()
    };
    assert_eq!(promised(&Mock::start().await).await, false);
    let mock = Mock::start_with(all_oidc()).await;
    assert_eq!(promised(&mock).await, true);
    let issuer = Some(mock.issuer.url().to_owned());
    assert_eq!(mock.signed_in(&oidc_request()).await.callback_param("iss"), issuer);
    let refused = mock.authorize(&with(&oidc_request(), "scope", "nope")).await;
    assert_eq!(refused.callback_param("iss"), issuer);
}

/// D06
#[tokio::test]
async fn every_page_may_read_the_metadata() {
    let mock = Mock::start().await;
    for document in [OPENID, OAUTH] {
        for url in [mock.at(document), inserted(&mock, document)] {
            let answer =
                mock.send(mock.http.get(&url).header(header::ORIGIN, "https://spa.example.com")).await;
            assert_open(&answer);
            let preflight = mock
                .http
                .request(Method::OPTIONS, &url)
                .header(header::ORIGIN, "https://spa.example.com")
                .header(header::ACCESS_CONTROL_REQUEST_METHOD, "GET")
                .header(header::ACCESS_CONTROL_REQUEST_HEADERS, "x-okta-user-agent-extended");
            assert_open(&mock.send(preflight).await);
        }
    }
}

#[track_caller]
fn assert_open(answer: &Answer) {
    assert!(answer.status < 300, "{}", answer.whole());
    assert_eq!(answer.header("access-control-allow-origin"), "*");
    assert_eq!(answer.header("access-control-allow-credentials"), "");
}

#[tokio::test]
async fn caches_keep_it_for_a_minute() {
    let mock = Mock::start().await;
    for document in [OPENID, OAUTH] {
        let answer = mock.get(&mock.at(document)).await;
        assert_eq!(answer.header("cache-control"), "max-age=60, must-revalidate");
        assert_eq!(answer.header("set-cookie"), "");
    }
}

#[tokio::test]
async fn other_methods_are_not_allowed() {
    let mock = Mock::start().await;
    for document in [OPENID, OAUTH] {
        for url in [mock.at(document), inserted(&mock, document)] {
            for method in [Method::POST, Method::PUT, Method::DELETE] {
                let answer = mock.browse(method, &url, &[]).await;
                assert_eq!((answer.status, answer.header("allow")), (405, "GET"));
                assert_eq!(answer.json()["errorCode"], "E0000022");
            }
        }
    }
}

/// Who asks cannot make the issuer call itself something else.
#[tokio::test]
async fn the_host_that_was_asked_makes_no_difference() {
    let mock = Mock::start().await;
    let plain = mock.get(&mock.at(OPENID)).await;
    let asked = mock
        .http
        .get(mock.at(OPENID))
        .header(header::HOST, "evil.test")
        .header("x-forwarded-host", "evil.test")
        .header("x-forwarded-proto", "https")
        .header(header::FORWARDED, "host=evil.test;proto=https");
    assert_eq!(mock.send(asked).await.whole(), plain.whole());
}

#[tokio::test]
async fn a_query_makes_no_difference() {
    let mock = Mock::start().await;
    let plain = mock.get(&mock.at(OPENID)).await;
    let asked = mock.get(&format!("{}?client_id=x&client_id=y", mock.at(OPENID))).await;
    assert_eq!(plain.whole(), asked.whole());
}
