//! `/_mock/journal` and `/_mock/events`: what happened, afterwards and live.

use fixtures::{subscriber, tutorial_app};
use mock_idp::{Config, Omission};
use serde_json::{Value, json};

use crate::support::{Answer, Mock, OIDC, TUTORIAL, basic, oidc_redemption, oidc_request, text, with};

/// The app gets a token of its own, then is refused one.
async fn two_exchanges(mock: &Mock) {
    ask(mock, TUTORIAL).await;
    ask(mock, (tutorial_app::API_KEY, "wrong")).await;
}

async fn ask(mock: &Mock, app: (&str, &str)) -> Answer {
    let form = [("grant_type", "client_credentials"), ("scope", "anonymous")];
    mock.send(mock.form("/v1/token", &form).header("authorization", basic(app))).await
}

async fn journal(mock: &Mock, rest: &str) -> Value {
    let answer = mock.get(&mock.at(&format!("/_mock/journal{rest}"))).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.json()
}

fn numbers(journal: &Value) -> Vec<u64> {
    journal["entries"].as_array().unwrap().iter().map(|entry| entry["number"].as_u64().unwrap()).collect()
}

#[tokio::test]
async fn the_journal_tells_what_was_asked_and_answered_and_why() {
    let mock = Mock::start().await;
    two_exchanges(&mock).await;
    insta::assert_json_snapshot!(journal(&mock, "").await, {
        // The port is another one each time.
        ".entries[].request.headers" => "[headers]",
    });
}

/// A whole sign-in with an API call, and the secrets that went over the wire.
async fn signed_in(mock: &Mock) -> Vec<String> {
    let page = mock.authorize(&with(&oidc_request(), "scope", "openid offline_access")).await;
    let callback = mock.submit(&page, subscriber::USERNAME, subscriber::PASSWORD).await;
    let code = callback.callback_param("code").unwrap();
    let tokens = mock.post_as(OIDC, "/v1/token", &oidc_redemption(&code)).await.json();
    mock.userinfo(&tokens["access_token"]).await;
    mock.post("/v1/token", &[("client_id", OIDC.0), ("client_secret", OIDC.1)]).await;
    let cookie = |answer: &Answer| {
        let value = answer.header("set-cookie");
        value.split_once('=').unwrap().1.split(';').next().unwrap().to_owned()
    };
    let signature = |token: &Value| text(token).rsplit_once('.').unwrap().1.to_owned();
    vec![
        page.form_action().rsplit_once('/').unwrap().1.to_owned(),
        subscriber::PASSWORD.to_owned(),
        cookie(&page),
        cookie(&callback),
        code,
        text(&tokens["refresh_token"]).to_owned(),
        signature(&tokens["access_token"]),
        signature(&tokens["id_token"]),
        OIDC.1.to_owned(),
        basic(OIDC).split_once(' ').unwrap().1.to_owned(),
    ]
}

#[tokio::test]
async fn no_secret_stands_in_the_journal_unless_it_is_asked_for() {
    let mock = Mock::start().await;
    let secrets = signed_in(&mock).await;
    let (masked, revealed) =
        (journal(&mock, "").await.to_string(), journal(&mock, "?reveal=true").await.to_string());
    for secret in &secrets {
        assert!(!masked.contains(secret), "{secret} can be read: {masked}");
        assert!(revealed.contains(secret), "{secret} is not revealed: {revealed}");
    }
    let entries = serde_json::to_string(&mock.issuer.journal().entries()).unwrap();
    assert!(secrets.iter().all(|secret| !entries.contains(secret)), "nor in Rust: {entries}");
    let debugged = format!("{:?}", mock.issuer);
    assert!(secrets.iter().skip(2).all(|secret| !debugged.contains(secret)), "nor when printed: {debugged}");
}

#[tokio::test]
async fn a_masked_secret_looks_the_same_everywhere() {
    let mock = Mock::start().await;
    signed_in(&mock).await;
    let journal = journal(&mock, "").await;
    let mask = |text: &str, before: &str| {
        let after = text.split_once(before).unwrap_or_else(|| panic!("no {before}: {text}")).1;
        after.split_once(']').unwrap().0.split_once("[masked:").unwrap().1.to_owned()
    };
    let headers = &journal["entries"][1]["answer"]["headers"];
    let location = headers.as_array().unwrap().iter().find(|header| header[0] == "location").unwrap();
    let redeemed = &journal["entries"][2];
    let code = mask(text(&location[1]), "code=");
    assert_eq!(mask(text(&redeemed["request"]["body"]["text"]), "code="), code);
    let param = redeemed["params"].as_array().unwrap().iter().find(|param| param[0] == "code").unwrap();
    assert_eq!(mask(text(&param[1]), ""), code);

    let given = mask(text(&redeemed["answer"]["body"]["text"]), "access_token");
    let headers = &journal["entries"][3]["request"]["headers"];
    let bearer = headers.as_array().unwrap().iter().find(|header| header[0] == "authorization").unwrap();
    assert_eq!(mask(text(&bearer[1]), "Bearer "), given);
}

#[tokio::test]
async fn a_mock_that_masks_for_good_reveals_nothing() {
    let mock = Mock::start_with(Config { mask: true, ..Config::demo() }).await;
    let secrets = signed_in(&mock).await;
    for path in [
        "/journal?reveal=true",
        "/journal/wait?reveal=true",
        "/journal.har?reveal=true",
        "/events?reveal=true",
    ] {
        let answer = mock.get(&mock.at(&format!("/_mock{path}"))).await;
        let problem = answer.json();
        assert_eq!((answer.status, &problem["type"]), (403, &json!("urn:mock-idp:problem:no-revealing")));
        assert!(text(&problem["detail"]).contains("start it without"), "{problem}");
    }
    let revealed = serde_json::to_string(&mock.issuer.journal().revealed()).unwrap();
    assert!(secrets.iter().all(|secret| !revealed.contains(secret)), "{revealed}");
    assert_eq!(journal(&mock, "?reveal=false").await["last"], 5);
}

#[tokio::test]
async fn a_body_is_told_as_far_as_it_was_read_and_meets_the_same_limit() {
    let mock = Mock::start().await;
    let form = |length: usize| mock.form("/v1/token", &[]).body(format!("a={}", "x".repeat(length - 2)));
    let body = || {
        let entry = mock.last_entry();
        let body = entry.request.body;
        (entry.status, body.bytes, body.text.map(|text| text.len()), body.left_out)
    };
    mock.send(form(64 * 1024)).await;
    assert_eq!(body(), (401, Some(64 * 1024), Some(64 * 1024), None));
    mock.send(form(64 * 1024 + 1)).await;
    let (status, bytes, kept, left_out) = body();
    assert_eq!(status, 413);
    assert!(bytes > Some(64 * 1024) && kept == Some(64 * 1024), "{bytes:?}");
    assert_eq!(left_out, Some(Omission::Cut));
    mock.send(mock.http.put(mock.at("/v1/token")).body("a=b")).await;
    assert_eq!(body(), (405, None, None, Some(Omission::Unread)));
}

#[tokio::test]
async fn pages_are_told_without_their_text_unless_it_is_asked_for() {
    let mock = Mock::start().await;
    let page = mock.authorize(&oidc_request()).await;
    let masked = mock.last_entry().answer.body;
    assert_eq!((masked.bytes, masked.text), (Some(page.body.len() as u64), None));
    assert_eq!(masked.left_out, Some(Omission::Masked));
    assert_eq!(mock.issuer.journal().revealed()[0].answer.body.text.as_deref(), Some(page.body.as_str()));
}

#[tokio::test]
async fn the_control_api_does_not_stand_in_its_own_journal() {
    let mock = Mock::start().await;
    journal(&mock, "").await;
    mock.get(&mock.at("/_mock/clock")).await;
    assert_eq!(journal(&mock, "").await, json!({ "entries": [], "last": 0, "dropped": 0, "forgotten": 0 }));
}

#[tokio::test]
async fn filters_choose_and_after_continues() {
    let mock = Mock::start().await;
    mock.get(&mock.at("/v1/keys")).await;
    two_exchanges(&mock).await;
    assert_eq!(numbers(&journal(&mock, "?endpoint=token").await), [2, 3]);
    assert_eq!(numbers(&journal(&mock, "?outcome=refused").await), [3]);
    assert_eq!(numbers(&journal(&mock, &format!("?app={}", tutorial_app::API_KEY)).await), [2, 3]);
    assert_eq!(numbers(&journal(&mock, "?app=nobody").await), [0; 0]);
    let later = journal(&mock, "?after=3").await;
    assert_eq!((numbers(&later), &later["last"]), (vec![], &json!(3)));
}

#[tokio::test]
async fn a_filter_that_cannot_be_is_refused_with_the_nearest_one() {
    let mock = Mock::start().await;
    for (query, field, nearest) in [
        ("endpont=token", json!("endpont"), json!("endpoint")),
        ("endpoint=tokn", json!("endpoint"), json!("token")),
        ("outcome=refusd", json!("outcome"), json!("refused")),
        ("after=x", json!("after"), Value::Null),
        ("endpoint=token&endpoint=keys", json!("endpoint"), Value::Null),
    ] {
        let answer = mock.get(&mock.at(&format!("/_mock/journal?{query}"))).await;
        let problem = answer.json();
        assert_eq!(
            (answer.status, &problem["field"], &problem["nearest"]),
            (400, &field, &nearest),
            "{problem}"
        );
    }
}

#[tokio::test]
async fn a_deleted_journal_is_empty_and_counts_on() {
    let mock = Mock::start().await;
    two_exchanges(&mock).await;
    let delete = mock.http.delete(mock.at("/_mock/journal")).header("content-type", "application/json");
    assert_eq!(mock.send(delete).await.status, 204);
    assert_eq!(journal(&mock, "").await, json!({ "entries": [], "last": 2, "dropped": 0, "forgotten": 0 }));
    mock.get(&mock.at("/v1/keys")).await;
    assert_eq!(numbers(&journal(&mock, "").await), [3]);
}

#[tokio::test]
async fn a_wait_holds_until_it_has_happened() {
    let mock = Mock::start().await;
    ask(&mock, TUTORIAL).await;
    let (waited, ()) = tokio::join!(journal(&mock, "/wait?endpoint=token&count=3"), two_exchanges(&mock));
    assert_eq!(numbers(&waited), [1, 2, 3]);
    assert_eq!(numbers(&journal(&mock, "/wait").await), [1, 2, 3], "one is enough, and all are listed");
}

#[tokio::test]
async fn a_wait_in_vain_tells_what_there_was() {
    let mock = Mock::start().await;
    ask(&mock, TUTORIAL).await;
    let answer = mock.get(&mock.at("/_mock/journal/wait?endpoint=token&count=2&timeout_ms=10")).await;
    let problem = answer.json();
    assert_eq!(
        (answer.status, &problem["detail"]),
        (504, &json!("expected 2 matching exchanges within 10 ms, received 1"))
    );
    assert_eq!(numbers(&problem), [1]);
}

#[tokio::test]
async fn a_wait_has_bounds() {
    let mock = Mock::start().await;
    for (query, detail) in [
        ("count=0", "count is 0; expected 1 to 2000"),
        ("count=2001", "count is 2001; expected 1 to 2000"),
        ("timeout_ms=60001", "timeout_ms is 60001; expected at most 60000"),
    ] {
        let answer = mock.get(&mock.at(&format!("/_mock/journal/wait?{query}"))).await;
        assert_eq!((answer.status, &answer.json()["detail"]), (400, &json!(detail)));
    }
}

/// Reads a stream of events until `count` of them have come: their ids and data.
async fn read(mut response: reqwest::Response, count: usize) -> Vec<(String, Value)> {
    let mut text = String::new();
    while text.matches("\n\n").count() < count {
        text += std::str::from_utf8(&response.chunk().await.unwrap().expect("the stream goes on")).unwrap();
    }
    let field = |event: &str, name: &str| {
        let line =
            event.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_else(|| panic!("{event}"));
        line.trim().to_owned()
    };
    text.split_terminator("\n\n")
        .map(|event| {
            assert_eq!(field(event, "event:"), "exchange");
            (field(event, "id:"), serde_json::from_str(&field(event, "data:")).unwrap())
        })
        .collect()
}

#[tokio::test]
async fn events_begin_with_what_happens_next() {
    let mock = Mock::start().await;
    ask(&mock, TUTORIAL).await;
    let stream = mock.http.get(mock.at("/_mock/events")).send().await.unwrap();
    assert_eq!(stream.headers()["content-type"], "text/event-stream");
    two_exchanges(&mock).await;
    let events = read(stream, 2).await;
    let entries = journal(&mock, "?after=1").await;
    assert_eq!(
        events,
        [("2".into(), entries["entries"][0].clone()), ("3".into(), entries["entries"][1].clone())]
    );
}

#[tokio::test]
async fn events_end_when_the_issuer_is_forgotten() {
    let mock = Mock::start().await;
    let mut stream = mock.http.get(mock.at("/_mock/events")).send().await.unwrap();
    let delete = mock.http.delete(mock.outside("/_mock/issuers/test"));
    assert_eq!(mock.send(delete.header("content-type", "application/json")).await.status, 204);
    assert_eq!(stream.chunk().await.unwrap(), None);
}

#[tokio::test]
async fn events_go_on_after_the_last_one_seen_and_are_filtered() {
    let mock = Mock::start().await;
    mock.get(&mock.at("/v1/keys")).await;
    two_exchanges(&mock).await;
    let ids = async |path: &str, last: &str, count| {
        let request = mock.http.get(mock.at(path)).header("last-event-id", last);
        let events = read(request.send().await.unwrap(), count).await;
        events.into_iter().map(|(id, _)| id).collect::<Vec<String>>()
    };
    assert_eq!(ids("/_mock/events", "1", 2).await, ["2", "3"]);
    assert_eq!(ids("/_mock/events?after=0&outcome=refused", "", 1).await, ["3"]);
    assert_eq!(ids("/_mock/events", "99", 3).await, ["1", "2", "3"], "the mock was started anew since");
}

/// What HAR 1.2 requires of each object, by its place (§4); `[]` is each item of a list.
const HAR: [(&str, &[&str]); 13] = [
    ("log", &["version", "creator", "entries"]),
    ("log.creator", &["name", "version"]),
    ("log.entries[]", &["startedDateTime", "time", "request", "response", "cache", "timings"]),
    (
        "log.entries[].request",
        &["method", "url", "httpVersion", "cookies", "headers", "queryString", "headersSize", "bodySize"],
    ),
    ("log.entries[].request.cookies[]", &["name", "value"]),
    ("log.entries[].request.headers[]", &["name", "value"]),
    ("log.entries[].request.queryString[]", &["name", "value"]),
    ("log.entries[].request.postData", &["mimeType", "params", "text"]),
    (
        "log.entries[].response",
        &[
            "status",
            "statusText",
            "httpVersion",
            "cookies",
            "headers",
            "content",
            "redirectURL",
            "headersSize",
            "bodySize",
        ],
    ),
    ("log.entries[].response.cookies[]", &["name", "value"]),
    ("log.entries[].response.headers[]", &["name", "value"]),
    ("log.entries[].response.content", &["size", "mimeType"]),
    ("log.entries[].timings", &["send", "wait", "receive"]),
];

/// All objects that a path leads to.
fn objects<'a>(root: &'a Value, path: &str) -> Vec<&'a Value> {
    path.split('.').fold(vec![root], |found, part| {
        let name = part.trim_end_matches("[]");
        let members = found.into_iter().filter_map(|object| object.get(name));
        if name == part {
            members.collect()
        } else {
            members
                .flat_map(|list| list.as_array().unwrap_or_else(|| panic!("{path} is not a list")))
                .collect()
        }
    })
}

async fn archive(mock: &Mock, query: &str) -> Value {
    let answer = mock.get(&mock.at(&format!("/_mock/journal.har{query}"))).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.json()
}

#[tokio::test]
async fn the_archive_has_every_member_that_the_format_demands() {
    let mock = Mock::start().await;
    signed_in(&mock).await;
    let har = archive(&mock, "").await;
    for (path, demanded) in HAR {
        let found = objects(&har, path);
        assert!(!found.is_empty(), "nothing is at {path}");
        for object in found {
            for name in demanded {
                assert!(!object[name].is_null(), "{path} lacks {name}: {object}");
            }
            let members = object.as_object().unwrap();
            assert!(members.values().all(|value| !value.is_null()), "{path} has a null: {object}");
        }
    }
    assert_eq!((&har["log"]["version"], &har["log"]["creator"]["name"]), (&json!("1.2"), &json!("mock-idp")));
    for entry in har["log"]["entries"].as_array().unwrap() {
        text(&entry["startedDateTime"]).parse::<jiff::Timestamp>().unwrap();
        url::Url::parse(text(&entry["request"]["url"])).unwrap();
        let timings = &entry["timings"];
        assert_eq!((&timings["send"], &timings["receive"]), (&json!(0.0), &json!(0.0)));
        assert_eq!(timings["wait"], entry["time"], "the parts make the whole");
    }
}

#[tokio::test]
async fn the_archive_tells_the_sign_in_with_redirect_form_and_refusal() {
    let mock = Mock::start().await;
    signed_in(&mock).await;
    let har = archive(&mock, "").await;
    let entries = har["log"]["entries"].as_array().unwrap();
    let listed: Vec<_> = entries
        .iter()
        .map(|entry| (text(&entry["request"]["method"]), entry["response"]["status"].as_u64().unwrap()))
        .collect();
    assert_eq!(listed, [("GET", 200), ("POST", 303), ("POST", 200), ("GET", 200), ("POST", 400)]);
    let redirect = &entries[1]["response"];
    assert_eq!(redirect["statusText"], "See Other");
    assert!(text(&redirect["redirectURL"]).starts_with("http://localhost:8080/?code=[masked:"));
    assert_eq!(redirect["cookies"][0]["name"], "mock_idp_session");
    assert_eq!(
        entries[1]["request"]["postData"]["params"][0],
        json!({ "name": "username", "value": subscriber::USERNAME })
    );
    assert_eq!(entries[0]["request"]["queryString"][1], json!({ "name": "response_type", "value": "code" }));
    assert_eq!(
        (&entries[4]["_refusal"]["rule"], &entries[4]["_flow"]),
        (&json!("grant_type_missing"), &Value::Null)
    );
    assert_eq!(entries[2]["_flow"], 1);
}

#[tokio::test]
async fn the_archive_masks_and_filters_as_the_journal_does() {
    let mock = Mock::start().await;
    let secrets = signed_in(&mock).await;
    let masked = archive(&mock, "").await.to_string();
    assert!(secrets.iter().all(|secret| !masked.contains(secret)), "{masked}");
    let revealed = archive(&mock, "?reveal=true").await.to_string();
    assert!(secrets.iter().all(|secret| revealed.contains(secret)), "{revealed}");
    let numbers = archive(&mock, "?endpoint=token&flow=1").await;
    assert_eq!(objects(&numbers, "log.entries[]").iter().map(|one| &one["_number"]).collect::<Vec<_>>(), [3]);
    let answer = mock.get(&mock.at("/_mock/journal.har")).await;
    assert_eq!(answer.header("content-disposition"), "attachment; filename=\"test.har\"");
}
