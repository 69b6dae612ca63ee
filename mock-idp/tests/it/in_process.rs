//! Requests that are answered in process: as over a connection, without one.

use std::io::ErrorKind;

use bytes::Bytes;
use mock_idp::{Endpoint, Fault, MockIdp, Outcome};
use reqwest::{Method, header};
use serde_json::{Value, json};

use crate::support::{Mock, OIDC, basic, encoded, oidc_redemption, oidc_request};

async fn get(idp: &MockIdp, uri: &str) -> http::Response<Bytes> {
    idp.answer(http::Request::get(uri).body(Bytes::new()).unwrap()).await.unwrap()
}

#[tokio::test]
async fn an_answer_is_the_same_as_over_a_socket() {
    let mock = Mock::start().await;
    let token = || {
        let form = mock.form("/v1/token", &oidc_redemption("unknown"));
        form.header(header::AUTHORIZATION, basic(OIDC)).header("x-request-id", "one")
    };
    let get = |path: &str| mock.http.get(mock.at(path));
    let requests = [
        [get("/v1/keys"), get("/v1/keys")],
        [get("/_mock/clock"), get("/_mock/clock")],
        [get("/_mock/unknown"), get("/_mock/unknown")],
        [mock.http.head(mock.at("/v1/keys")), mock.http.head(mock.at("/v1/keys"))],
        [mock.http.post(mock.at("/v1/keys")), mock.http.post(mock.at("/v1/keys"))],
        [token(), token()],
    ];
    for [one, other] in requests {
        let (in_process, over_socket) = (mock.send(one).await, mock.send_over_socket(other).await);
        // Okta's envelope has an identifier of its own for each error.
        let whole = |mut answer: crate::support::Answer| {
            if let Ok(Value::Object(mut body)) = serde_json::from_str(&answer.body) {
                body.remove("errorId");
                answer.body = json!(body).to_string();
            }
            answer.whole()
        };
        assert_eq!(whole(in_process), whole(over_socket));
    }
}

#[tokio::test]
async fn the_journal_shows_the_same_request_as_over_a_socket() {
    let mock = Mock::start().await;
    let form = || mock.form("/v1/token", &oidc_redemption("unknown")).header("x-own", "1");
    mock.send(form()).await;
    mock.send_over_socket(form()).await;
    let entries = mock.issuer.journal().entries();
    assert_eq!(entries[0].request, entries[1].request);
}

#[tokio::test]
async fn only_path_and_query_of_a_url_count_and_a_host_is_added() {
    let mock = Mock::start().await;
    let idp = &mock.idp;
    let authorize = format!("/oauth2/test/v1/authorize?{}", encoded(&oidc_request()));
    for uri in [authorize.clone(), format!("http://localhost:9100{authorize}")] {
        assert_eq!(get(idp, &uri).await.status(), 200);
        let entry = mock.last_entry();
        assert_eq!(entry.params.len(), oidc_request().len());
        assert!(entry.request.headers.iter().any(|(name, _)| name == "host"), "{:?}", entry.request.headers);
    }
    assert_eq!(get(idp, "/oauth2/test/_mock/clock").await.status(), 200, "the control API knows the host");
    let foreign = get(idp, "http://elsewhere.test/oauth2/test/_mock/clock").await;
    assert_eq!(foreign.status(), 403, "a host that is not the mock's");
    assert_eq!(get(idp, "/healthz").await.body(), &Bytes::from(json!({ "status": "ok" }).to_string()));
    assert_eq!(get(idp, "/nowhere").await.status(), 404);
}

#[tokio::test]
async fn a_broken_connection_is_an_error() {
    let mock = Mock::start().await;
    for (fault, kind, outcome) in [
        (Fault::reset(), ErrorKind::ConnectionReset, Outcome::Unanswered),
        (Fault::reset().after(), ErrorKind::ConnectionReset, Outcome::Unanswered),
        (Fault::truncate(9), ErrorKind::ConnectionAborted, Outcome::Answered),
    ] {
        mock.issuer.fail_next(Endpoint::Keys, fault);
        let keys = http::Request::get("/oauth2/test/v1/keys").body(Bytes::new()).unwrap();
        let error = mock.idp.answer(keys).await.unwrap_err();
        assert_eq!((error.kind(), mock.last_entry().outcome), (kind, outcome));
    }
    assert_eq!(mock.browse(Method::GET, &mock.at("/v1/keys"), &[]).await.status, 200);
}

#[tokio::test]
async fn a_hanging_request_is_not_answered() {
    let mock = Mock::start().await;
    mock.issuer.fail_next(Endpoint::Keys, Fault::hang());
    let entry = tokio::select! {
        answer = mock.send(mock.http.get(mock.at("/v1/keys"))) => panic!("an answer: {answer:?}"),
        entry = mock.issuer.journal().expect_one(Endpoint::Keys) => entry.unwrap(),
    };
    assert_eq!(entry.outcome, Outcome::Unanswered);
}
