//! `/_mock/faults`: order, look, take away.

use fixtures::dealer;
use mock_idp::{Endpoint, Fault, fault::Kind};
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Answer, Mock, OIDC, TUTORIAL};

async fn order(mock: &Mock, fault: Value) -> Answer {
    mock.send(mock.http.post(mock.at("/_mock/faults")).json(&fault)).await
}

async fn call(mock: &Mock, method: Method, path: &str) -> Answer {
    mock.send(mock.http.request(method, mock.at(path)).header("content-type", "application/json")).await
}

async fn ask_for_keys(mock: &Mock) -> u16 {
    mock.get(&mock.at("/v1/keys")).await.status
}

fn unavailable() -> Value {
    json!({ "endpoint": "keys", "fault": { "kind": "status", "status": 503 } })
}

#[tokio::test]
async fn an_ordered_fault_strikes_once_and_stays_in_the_list() {
    let mock = Mock::start().await;
    let answer = order(&mock, unavailable()).await;
    let shown = json!({
        "id": 1,
        "endpoint": "keys",
        "when": {},
        "phase": "before",
        "fault": { "kind": "status", "status": 503 },
        "times": 1,
        "struck": 0,
        "left": 1,
    });
    assert_eq!((answer.status, answer.json()), (201, shown));
    assert_eq!(answer.header("location"), "/oauth2/test/_mock/faults/1");

    assert_eq!((ask_for_keys(&mock).await, ask_for_keys(&mock).await), (503, 200));
    let shown = mock.get(&mock.outside(answer.header("location"))).await.json();
    assert_eq!((&shown["struck"], &shown["left"]), (&json!(1), &json!(0)));
    assert_eq!(mock.get(&mock.at("/_mock/faults")).await.json(), json!({ "faults": [shown] }));
}

#[tokio::test]
async fn a_fault_may_strike_always_until_it_is_taken_away() {
    let mock = Mock::start().await;
    let mut fault = unavailable();
    fault["times"] = json!("always");
    assert_eq!(order(&mock, fault).await.json()["left"], "always");
    for _ in 0..3 {
        assert_eq!(ask_for_keys(&mock).await, 503);
    }
    assert_eq!(call(&mock, Method::DELETE, "/_mock/faults/1").await.status, 204);
    assert_eq!(ask_for_keys(&mock).await, 200);
    assert_eq!(call(&mock, Method::DELETE, "/_mock/faults/1").await.status, 404);
    assert_eq!(call(&mock, Method::GET, "/_mock/faults/1").await.status, 404);
    assert_eq!(
        call(&mock, Method::GET, "/_mock/faults/one").await.json()["detail"],
        "no fault is called \"one\""
    );
}

#[tokio::test]
async fn all_faults_can_be_taken_away_at_once() {
    let mock = Mock::start().await;
    order(&mock, unavailable()).await;
    order(&mock, unavailable()).await;
    assert_eq!(call(&mock, Method::DELETE, "/_mock/faults").await.status, 204);
    assert_eq!(ask_for_keys(&mock).await, 200);
    assert_eq!(mock.get(&mock.at("/_mock/faults")).await.json(), json!({ "faults": [] }));
    assert_eq!(order(&mock, unavailable()).await.json()["id"], 3, "an old number never means a new fault");
}

/// What is wrong, the field, and what was probably meant.
async fn refused(mock: &Mock, fault: Value) -> (Value, String, Value) {
    let answer = order(mock, fault.clone()).await;
    let problem = answer.json();
    assert_eq!(answer.status, 422, "{fault}");
    (problem["field"].clone(), problem["detail"].as_str().unwrap().to_owned(), problem["nearest"].clone())
}

#[tokio::test]
async fn a_slip_in_any_name_is_told_with_what_was_probably_meant() {
    let mock = Mock::start().await;
    let fault = |fault: Value| json!({ "endpoint": "token", "fault": fault });
    for (body, field, near) in [
        (json!({ "endpont": "token" }), "endpont", "endpoint"),
        (json!({ "endpoint": "tokn", "fault": { "kind": "hang" } }), "endpoint", "token"),
        (json!({ "endpoint": "keys", "fault": { "kind": "hang" }, "phase": "afer" }), "phase", "after"),
        (json!({ "endpoint": "keys", "fault": { "kind": "hang" }, "times": "alway" }), "times", "always"),
        (
            json!({ "endpoint": "keys", "fault": { "kind": "hang" }, "when": { "state": "x" } }),
            "when.state",
            "state_prefix",
        ),
        (
            json!({ "endpoint": "keys", "fault": { "kind": "hang" }, "when": { "usr": "x" } }),
            "when.usr",
            "user",
        ),
        (fault(json!({ "kind": "statsu", "status": 503 })), "fault.kind", "status"),
        (fault(json!({ "kind": "status", "statsu": 503 })), "fault.statsu", "status"),
        (fault(json!({ "kind": "token", "token": ["expird"] })), "fault.token[0]", "expired"),
        (fault(json!({ "kind": "token", "token": ["expired"], "which": "idd" })), "fault.which", "id"),
        (fault(json!({ "kind": "callback", "callback": "no_sate" })), "fault.callback", "no_state"),
        (fault(json!({ "kind": "keys", "keys": "stail" })), "fault.keys", "stale"),
        (fault(json!({ "kind": "hang", "ms": 1 })), "fault.ms", ""),
        (fault(json!({ "kind": "truncate", "byte": 1 })), "fault.byte", "bytes"),
        (fault(json!({ "kind": "status", "status": "503" })), "fault.status", ""),
        (fault(json!({ "kind": "delay" })), "fault.ms", ""),
    ] {
        let (found, detail, nearest) = refused(&mock, body.clone()).await;
        assert_eq!(
            (found.as_str(), nearest.as_str().unwrap_or_default()),
            (Some(field), near),
            "{body}: {detail}"
        );
    }
    for body in [json!(7), json!("x"), json!(null), json!({ "fault": 7 }), json!({ "fault": { "kind": 7 } })]
    {
        refused(&mock, body).await;
    }
    assert!(mock.issuer.faults().is_empty());
}

#[tokio::test]
async fn a_fault_for_an_unknown_app_or_user_is_refused() {
    let mock = Mock::start().await;
    let when = |when: Value| json!({ "endpoint": "token", "when": when, "fault": { "kind": "hang" } });
    assert_eq!(
        refused(&mock, when(json!({ "app": "TutorialAppKey000000000000000002" }))).await,
        (
            json!("when.app"),
            "no app is called \"TutorialAppKey000000000000000002\"; did you mean TutorialAppKey000000000000000001?".into(),
            json!(TUTORIAL.0)
        )
    );
    let (field, _, near) = refused(&mock, when(json!({ "user": "daeler@example.com" }))).await;
    assert_eq!((field, near), (json!("when.user"), json!(dealer::USERNAME)));
    assert!(mock.issuer.faults().is_empty());
    let capitals = order(&mock, when(json!({ "user": "Dealer@Example.com" }))).await;
    assert_eq!(capitals.status, 201, "capitals do not matter");
}

#[tokio::test]
#[should_panic(expected = "nobody is called daeler@example.com")]
async fn a_fault_for_an_unknown_user_is_refused_in_rust_too() {
    Mock::start().await.issuer.fail_next(Endpoint::Token, Fault::hang().for_user("daeler@example.com"));
}

#[tokio::test]
async fn a_fault_that_cannot_strike_is_refused_with_where_it_can() {
    let mock = Mock::start().await;
    let at = |endpoint: &str, fault: Value| json!({ "endpoint": endpoint, "fault": fault });
    let after =
        |endpoint: &str, fault: Value| json!({ "endpoint": endpoint, "fault": fault, "phase": "after" });
    let expired = json!({ "kind": "token", "token": ["expired"] });
    for (body, field, detail) in [
        (
            at("keys", expired.clone()),
            "endpoint",
            "this token fault cannot strike at keys; expected token or authorize or sign_in",
        ),
        (
            json!({ "endpoint": "keys", "fault": { "kind": "hang" }, "when": { "app": TUTORIAL.0 } }),
            "when.app",
            "no request to keys names its app; leave it out: here a fault can only be meant for the whole issuer",
        ),
        (
            json!({ "endpoint": "userinfo", "fault": { "kind": "hang" }, "when": { "state_prefix": "x" } }),
            "when.state_prefix",
            "no request to userinfo names its state_prefix; expected app or user",
        ),
        (
            json!({ "endpoint": "revoke", "fault": { "kind": "hang" },
                "when": { "grant_type": "refresh_token" } }),
            "when.grant_type",
            "no request to revoke names its grant_type; expected app or user or state_prefix",
        ),
        (
            at("token", json!({ "kind": "callback", "callback": "twice" })),
            "endpoint",
            "this callback fault cannot strike at token; expected authorize or sign_in",
        ),
        (
            at("token", json!({ "kind": "callback", "callback": "no_state" })),
            "endpoint",
            "this callback fault cannot strike at token; expected authorize or sign_in or logout",
        ),
        (
            at("token", json!({ "kind": "keys", "keys": "empty" })),
            "endpoint",
            "this keys fault cannot strike at token; expected keys",
        ),
        (
            at("keys", json!({ "kind": "metadata", "metadata": "wrong_issuer" })),
            "endpoint",
            "this metadata fault cannot strike at keys; expected metadata",
        ),
        (
            at("token", json!({ "kind": "userinfo", "userinfo": "foreign_subject" })),
            "endpoint",
            "this userinfo fault cannot strike at token; expected userinfo",
        ),
        (
            after("token", expired),
            "phase",
            "a fault token changes the content of the answer, so it strikes while the answer is made; leave phase out",
        ),
        (
            at("keys", json!({ "kind": "status", "status": 101 })),
            "fault.status",
            "status is 101; expected 200 to 599",
        ),
        (
            at("keys", json!({ "kind": "status", "status": 503, "headers": { "Content-Length": "1" } })),
            "fault.headers",
            "content-length is set by the server; use the fault truncate for an answer shorter than announced",
        ),
        (
            at("keys", json!({ "kind": "status", "status": 503, "headers": { "no header": "1" } })),
            "fault.headers",
            "no header: 1 is not a header; expected a name of letters, digits and hyphens, and a value on one line",
        ),
        (
            at("token", json!({ "kind": "oauth_error", "error": "a\"b" })),
            "fault.error",
            "error is \"a\\\"b\"; expected plain ASCII without quotation marks and backslashes (RFC 6749 §5.2)",
        ),
        (
            at("token", json!({ "kind": "token" })),
            "fault.token",
            "there is nothing to change; expected a name in token, a claim in omit, or a claim in set",
        ),
        (
            at("token", json!({ "kind": "token", "token": ["alg_none", "bad_signature"] })),
            "fault.token",
            "these exclude each other; expected one of alg_none, hs256_with_public_key, bad_signature",
        ),
    ] {
        let (found, said, _) = refused(&mock, body.clone()).await;
        assert_eq!((found.as_str(), said.as_str()), (Some(field), detail), "{body}");
    }
    let (field, detail, _) =
        refused(&mock, json!({ "endpoint": "keys", "fault": { "kind": "hang" }, "times": 0 })).await;
    assert_eq!(field, "times");
    assert_eq!(detail, "invalid value: integer `0`; expected a number from 1 up, or \"always\"");
    assert!(mock.issuer.faults().is_empty());
}

#[tokio::test]
#[should_panic(expected = "this token fault cannot strike at keys; expected token or authorize or sign_in")]
async fn a_fault_that_cannot_strike_is_told_in_rust_too() {
    Mock::start().await.issuer.fail_next(Endpoint::Keys, Fault::omit(["iat"]));
}

#[tokio::test]
#[should_panic(expected = "times is 0; expected a number from 1 up, or \"always\"")]
async fn a_fault_that_never_strikes_is_told_in_rust_too() {
    Mock::start().await.issuer.fail_next(Endpoint::Token, Fault::hang().times(0));
}

#[tokio::test]
async fn rust_and_json_order_the_same_fault() {
    let mock = Mock::start().await;
    let fault = json!({
        "endpoint": "token",
        "when": { "grant_type": "refresh_token", "app": OIDC.0, "user": dealer::USERNAME, "state_prefix": "s" },
        "phase": "after",
        "fault": { "kind": "status", "status": 503, "body": "x", "headers": { "a": "b" } },
        "times": 2,
    });
    order(&mock, fault).await;
    let same = Fault::answer(503, "x", [("a", "b")])
        .for_grant(mock_idp::GrantType::RefreshToken)
        .for_app(OIDC.0)
        .for_user(dealer::USERNAME)
        .for_state_prefix("s")
        .after()
        .times(2);
    assert_eq!(mock.issuer.fail_next(Endpoint::Token, same), 2);
    let [ordered, built] = &mock.issuer.faults()[..] else { panic!("two faults") };
    assert_eq!(ordered.ordered(), built.ordered());
}

#[tokio::test]
async fn a_reset_takes_faults_away_and_a_saved_state_keeps_them() {
    let mock = Mock::start().await;
    mock.issuer.fail_next(Endpoint::Keys, Fault::status(500).times(2));
    assert_eq!(ask_for_keys(&mock).await, 500);
    let saved = mock.get(&mock.at("/_mock/state")).await.json();
    mock.issuer.reset();
    assert_eq!(ask_for_keys(&mock).await, 200);
    let restored = mock.send(mock.http.put(mock.at("/_mock/state")).json(&saved)).await;
    assert_eq!(restored.status, 204, "{}", restored.body);
    assert_eq!((ask_for_keys(&mock).await, ask_for_keys(&mock).await), (500, 200), "one was left");

    let mut changed = saved;
    changed["faults"][0]["fault"] = json!({ "kind": "token", "token": ["expired"] });
    let answer = mock.send(mock.http.put(mock.at("/_mock/state")).json(&changed)).await;
    assert_eq!((answer.status, &answer.json()["field"]), (422, &json!("faults[0].endpoint")));
}

#[tokio::test]
async fn every_fault_is_in_the_documentation() {
    let documented = include_str!("../../docs/faults.md");
    let mock = Mock::start().await;
    // Parsers list what they know.
    let names = async |fault: Value| {
        let (_, detail, _) = refused(&mock, json!({ "endpoint": "token", "fault": fault })).await;
        let (_, known) =
            detail.split_once("expected one of ").or_else(|| detail.split_once("expected ")).unwrap();
        known.split('`').skip(1).step_by(2).map(str::to_owned).collect::<Vec<_>>()
    };
    let kinds = names(json!({ "kind": "quux" })).await;
    assert_eq!(kinds.len(), 14);
    let mut all = kinds;
    for (kind, count) in [("token", 12), ("callback", 7), ("keys", 3), ("metadata", 1), ("userinfo", 1)] {
        let value = if kind == "token" { json!(["quux"]) } else { json!("quux") };
        let changes = names(json!({ "kind": kind, kind: value })).await;
        assert_eq!(changes.len(), count, "{kind}");
        all.extend(changes);
    }
    for name in all {
        assert!(documented.contains(&format!("`{name}`")), "docs/faults.md lacks {name}");
    }
    let page = mock.get(&mock.at("/sign-in/faults")).await.text();
    let by_name = page.split("<code>fault:").skip(1).map(|rest| rest.split('@').next().unwrap());
    for name in by_name {
        assert!(documented.contains(&format!("`{name}`")), "docs/faults.md lacks the user name {name}");
    }
}

#[tokio::test]
async fn the_example_of_the_documentation_can_be_ordered() {
    let documented = include_str!("../../docs/faults.md");
    let example = documented.split("```json").nth(1).unwrap().split("```").next().unwrap();
    let mock = Mock::start().await;
    assert_eq!(order(&mock, serde_json::from_str(example).unwrap()).await.status, 201);
    let inline = documented.split('`').filter(|code| code.starts_with("{\"kind\""));
    let kinds: Vec<Kind> = inline.map(|code| serde_json::from_str(code).unwrap()).collect();
    assert_eq!(kinds.len(), 2);
}

#[tokio::test]
async fn issuers_share_no_fault() {
    let mock = Mock::start().await;
    mock.idp.issuer("other").fail_next(Endpoint::Keys, Fault::status(503).always());
    assert_eq!(ask_for_keys(&mock).await, 200);
    assert!(mock.issuer.faults().is_empty());
    assert_eq!(mock.post_as(TUTORIAL, "/v1/token", &[]).await.status, 400);
}

/// A client that wants to remove some faults must not remove all of them.
#[tokio::test]
async fn a_call_without_parameters_refuses_a_query() {
    let mock = Mock::start().await;
    mock.issuer.fail_next(Endpoint::Logout, Fault::hang());
    let delete = mock.http.delete(mock.at("/_mock/faults?endpoint=token"));
    let answer = mock.send(delete.header("content-type", "application/json")).await;
    let problem = answer.json();
    assert_eq!((answer.status, &problem["field"]), (400, &json!("endpoint")));
    assert_eq!(problem["detail"], "endpoint is a query parameter; this call takes none");
    assert_eq!(mock.issuer.faults().len(), 1);
}
