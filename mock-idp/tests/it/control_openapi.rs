//! `/_mock/openapi.json` and `/_mock/openapi`: the description of the control API, for programs and for people.

use fixtures::{OPENAPI_3_1_SCHEMA_JSON, SUBSCRIPTION_ID, subscriber, tutorial_app};
use jsonschema::Registry;
use mock_idp::{Endpoint, Fault};
use proptest::{
    prelude::*,
    sample::Index,
    test_runner::{Config, TestRunner},
};
use reqwest::{Method, RequestBuilder, header};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use crate::{
    described::{DOCUMENT, Operation, errors, operations},
    support::{Answer, Mock},
};

/// A body that is too large for a call.
fn too_large(operation: Operation) -> Vec<u8> {
    let megabytes = if operation.path.ends_with("/state") { 65 } else { 3 };
    vec![b' '; megabytes * 1024 * 1024]
}

/// A request to an operation, for tests to change.
#[derive(Debug, Clone)]
struct Request {
    path: String,
    body: Option<Value>,
}

impl Request {
    /// Names what is there, and says something that fits.
    fn to(mock: &Mock, operation: Operation) -> Self {
        let path = operation
            .path
            .replace("{issuer}", "test")
            .replace("{api_key}", tutorial_app::API_KEY)
            .replace("{username}", subscriber::USERNAME)
            .replace("/faults/{id}", "/faults/1")
            .replace("{id}", SUBSCRIPTION_ID)
            .replace("{flow}", "1")
            .replace("{kid}", mock.issuer.keys().held()[0].kid.as_str());
        Self { path, body: operation.body().map(|_| body(operation)) }
    }

    fn at(path: &str) -> Self {
        Self { path: path.to_owned(), body: None }
    }

    fn unmarked(&self, mock: &Mock, operation: Operation) -> RequestBuilder {
        let method: Method = operation.method.to_uppercase().parse().unwrap();
        mock.http.request(method, mock.outside(&self.path))
    }

    fn build(&self, mock: &Mock, operation: Operation) -> RequestBuilder {
        let request = self.unmarked(mock, operation);
        match &self.body {
            Some(body) => request.json(body),
            None => request.header(header::CONTENT_TYPE, "application/json"),
        }
    }
}

/// A body that fits.
fn body(operation: Operation) -> Value {
    match operation.id() {
        "put_clock" => json!({ "frozen": true }),
        "post_clock_advance" => json!({ "seconds": 1 }),
        "put_apps_api_key" => json!({ "name": "An app", "callbacks": ["https://app.example.com/cb"] }),
        "put_users_username" => json!({ "password": "secret", "claims": { "name": "Sam" } }),
        "put_subscriptions_id" => {
            json!({ "app": tutorial_app::API_KEY, "organization": { "id": "1", "name": "Example Motors" } })
        }
        "put_sign_in" => json!({ "mode": "automatic", "username": subscriber::USERNAME }),
        "post_faults" => json!({ "endpoint": "token", "fault": { "kind": "status", "status": 503 } }),
        "put_keys" => json!({ "cache_seconds": 5 }),
        "post_keys_rotate" => json!({ "sign": "later" }),
        // Nobody listens there.
        "post_deliver" => json!({ "kind": "deactivation", "url": "http://127.0.0.1:1/", "timeout_ms": 1000 }),
        "put_seed" => json!({ "seed": 7 }),
        "post_tokens" => {
            json!({ "app": tutorial_app::API_KEY, "user": subscriber::USERNAME, "scope": "openid",
            "claims": { "role": "buyer", "uid": null }, "lifetime_seconds": -60 })
        }
        "put_state" => json!({ "version": 1, "users": [{ "username": "sam", "password": "x" }] }),
        id if id.starts_with("delete_") => json!({}),
        id => panic!("give {} a body that fits {id}", file!()),
    }
}

/// Requests for statuses that need a special request.
fn of_its_own(mock: &Mock, operation: Operation, status: &str) -> Request {
    let issuer = "/oauth2/test/_mock";
    let fine = Request::to(mock, operation);
    if let ("post_keys_rotate", "409") = (operation.id(), status) {
        let body = json!({ "kid": mock.issuer.keys().signing().kid(), "sign": "later" });
        return Request { body: Some(body), ..fine };
    }
    let path = match (operation.id(), status) {
        ("get_journal_wait", "504") => format!("{issuer}/journal/wait?endpoint=logout&timeout_ms=1"),
        ("get_journal_wait", "200") => format!("{issuer}/journal/wait?endpoint=keys"),
        ("delete_issuers_issuer", "404") => "/_mock/issuers/nobody".to_owned(),
        ("delete_keys_kid", "409") => format!("{issuer}/keys/{}", mock.issuer.keys().signing().kid()),
        ("put_apps_api_key", "201") => format!("{issuer}/apps/another"),
        ("put_users_username", "201") => format!("{issuer}/users/another"),
        ("put_subscriptions_id", "201") => format!("{issuer}/subscriptions/another"),
        _ => return fine,
    };
    Request { path, ..fine }
}

/// A request that gets this answer.
fn request_for(mock: &Mock, operation: Operation, status: &str) -> RequestBuilder {
    let fine = Request::to(mock, operation);
    let request = fine.build(mock, operation);
    match status {
        "400" if operation.body().is_some() => request.body("{"),
        "400" => Request::at(&format!("{}?no_such=1", fine.path)).build(mock, operation),
        "403" => request.header(header::ORIGIN, "http://elsewhere.test"),
        "404" if operation.path.contains("/_mock/issuers") => {
            of_its_own(mock, operation, status).build(mock, operation)
        }
        "404" => {
            let path = fine.path.replace("/oauth2/test/", "/oauth2/no.body/");
            Request { path, ..fine }.build(mock, operation)
        }
        "413" => request.body(too_large(operation)),
        "415" => fine.unmarked(mock, operation),
        "422" => request.body("[]"),
        _ => of_its_own(mock, operation, status).build(mock, operation),
    }
}

/// Lets there be something of each kind.
async fn prepare(mock: &Mock) {
    mock.get(&mock.at("/v1/keys")).await;
    mock.tutorial_tokens("openid").await;
    mock.issuer.keys().rotate();
    mock.issuer.fail_next(Endpoint::Logout, Fault::status(503));
}

#[tokio::test]
async fn every_documented_answer_is_possible() {
    for operation in operations() {
        for status in operation.description["responses"].as_object().unwrap().keys() {
            if operation.id() == "get_events" && status == "200" {
                // A stream without an end: control_journal.rs reads it.
                continue;
            }
            // Each on a mock of its own, as some of them delete what others need.
            let mock = Mock::start().await;
            prepare(&mock).await;
            let answer = mock.send(request_for(&mock, operation, status)).await;
            assert_eq!(answer.status.to_string(), *status, "{}: {}", operation.id(), answer.body);
        }
    }
}

/// An operation in one line: its name, its parameters, its body, its answers. Of an error, only the status.
fn listed(operation: Operation) -> String {
    let Operation { path, method, description } = operation;
    let of_path = &DOCUMENT["paths"][path]["parameters"];
    let parameters = [of_path, &description["parameters"]].into_iter().filter_map(Value::as_array).flatten();
    let parameters: Vec<String> =
        parameters.map(|one| format!("{}:{}", text(&one["in"]), text(&one["name"]))).collect();
    let answers = description["responses"].as_object().unwrap().iter().map(|(status, answer)| {
        let content = answer["content"].as_object().into_iter().flatten();
        let shapes: Vec<String> = content
            .filter(|(media_type, _)| *media_type != "application/problem+json")
            .map(|(_, content)| shape(&content["schema"]))
            .collect();
        [status.as_str(), &shapes.join("|")].join(" ").trim().to_owned()
    });
    let mut parts = vec![format!("{} ({})", operation.id(), text(&description["tags"][0]))];
    parts.extend((!parameters.is_empty()).then(|| parameters.join(" ")));
    parts.extend(operation.body().map(|body| format!("body {}", shape(body))));
    parts.push(format!("answers {}", answers.collect::<Vec<_>>().join(", ")));
    format!("{} {path}: {}", method.to_uppercase(), parts.join("; "))
}

/// The name of a schema, or its type if it has no name.
fn shape(schema: &Value) -> String {
    let name = schema["$ref"].as_str().and_then(|reference| reference.rsplit('/').next());
    name.or(schema["type"].as_str()).unwrap_or("without a name").to_owned()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

#[tokio::test]
async fn the_description_lists_every_operation() {
    let mock = Mock::start().await;
    let answer = mock.get(&mock.outside("/_mock/openapi.json")).await;
    assert_eq!((answer.status, answer.header("content-type")), (200, "application/json"));
    assert_eq!(answer.json(), *DOCUMENT, "what the mock serves is what the crate describes");
    assert_eq!(mock.get(&mock.at("/_mock/openapi.json")).await.body, answer.body, "below an issuer too");
    insta::assert_snapshot!(operations().map(listed).collect::<Vec<_>>().join("\n"));
}

/// What is wrong with an OpenAPI 3.1 document, by JSON pointer. Its schemas are checked against JSON Schema 2020-12.
fn flaws(document: &Value) -> Vec<String> {
    let openapi: Value = serde_json::from_str(OPENAPI_3_1_SCHEMA_JSON).unwrap();
    let uri = openapi["$id"].as_str().unwrap();
    let registry = Registry::new().add(uri, &openapi).unwrap().prepare().unwrap();
    let with_schemas = json!({
        "$id": "urn:openapi-with-schemas",
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$ref": uri,
        // The OpenAPI schema leaves open what a schema is, and refers to this anchor for it.
        "$defs": {
            "schema": { "$dynamicAnchor": "meta", "$ref": "https://json-schema.org/draft/2020-12/schema" },
        },
    });
    let validator = jsonschema::draft202012::options()
        .with_registry(&registry)
        .should_validate_formats(true)
        .build(&with_schemas)
        .unwrap();
    validator.iter_errors(document).map(|error| format!("{} {error}", error.instance_path())).collect()
}

#[test]
fn the_description_is_a_valid_openapi_document() {
    assert_eq!(flaws(&DOCUMENT), [""; 0]);
}

#[test]
fn a_broken_document_is_found_by_the_validation() {
    let operation = "/paths/~1oauth2~1{issuer}~1_mock~1clock/put";
    for (place, broken) in [
        ("/openapi".to_owned(), json!("2.0")),
        ("/info".to_owned(), json!({ "title": "Without a version" })),
        (format!("{operation}/responses/200"), json!({ "content": {} })),
        (format!("{operation}/requestBody"), json!({ "description": "Without content" })),
        (format!("{operation}/tags"), json!("Clock")),
        ("/paths/~1oauth2~1{issuer}~1_mock~1clock/parameters/0/in".to_owned(), json!("somewhere")),
        ("/components/schemas/Problem".to_owned(), json!("not a schema")),
        ("/components/schemas/Problem/type".to_owned(), json!("record")),
        ("/components/schemas/Problem/properties".to_owned(), json!({ "title": { "pattern": 1 } })),
    ] {
        let mut document = DOCUMENT.clone();
        *document.pointer_mut(&place).unwrap_or_else(|| panic!("{place} is in the document")) = broken;
        assert!(!flaws(&document).is_empty(), "{place}");
    }
}

#[tokio::test]
async fn the_page_names_every_call_and_needs_no_script() {
    let mock = Mock::start().await;
    let document = mock.get(&mock.outside("/_mock/openapi.json")).await.json();
    let page = mock.get(&mock.outside("/_mock/openapi")).await;
    assert_eq!((page.status, page.header("content-type")), (200, "text/html; charset=utf-8"));
    assert!(!page.body.contains("<script") && !page.body.contains('`'), "{}", page.body);
    for operation in
        document["paths"].as_object().unwrap().values().flat_map(|item| item.as_object().unwrap())
    {
        let Some(id) = operation.1["operationId"].as_str() else { continue };
        assert_eq!(page.body.matches(&format!("<details id=\"{id}\">")).count(), 1, "{id}");
    }
    for shape in document["components"]["schemas"].as_object().unwrap().keys() {
        assert!(page.body.contains(&format!("<h3 id=\"shape-{shape}\">")), "{shape}");
    }
}

#[tokio::test]
async fn every_link_of_the_page_leads_somewhere() {
    let mock = Mock::start().await;
    let page = mock.get(&mock.outside("/_mock/openapi")).await.body;
    for link in page.split("href=\"#").skip(1).map(|rest| rest.split('"').next().unwrap()) {
        assert!(page.contains(&format!("id=\"{link}\"")), "{link}");
    }
}

/// Something that a body was not meant to be.
fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "\\PC{0,12}".prop_map(Value::from),
        Just(json!("2026-11-24T03:42:43Z")),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::hash_map("[a-z_]{1,8}", inner, 0..4)
                .prop_map(|members| members.into_iter().collect::<serde_json::Map<_, _>>().into()),
        ]
    })
}

/// Puts something else in one place of a value.
fn replace(value: &mut Value, place: Index, by: &Value) {
    let mut paths = vec![String::new()];
    pointers(value, "", &mut paths);
    let path = &paths[place.index(paths.len())];
    *value.pointer_mut(path).unwrap() = by.clone();
}

fn pointers(value: &Value, path: &str, all: &mut Vec<String>) {
    let members: Vec<(String, &Value)> = match value {
        Value::Object(members) => members.iter().map(|(name, value)| (name.clone(), value)).collect(),
        Value::Array(items) => items.iter().enumerate().map(|(at, value)| (at.to_string(), value)).collect(),
        _ => return,
    };
    for (name, value) in members {
        let path = format!("{path}/{name}");
        all.push(path.clone());
        pointers(value, &path, all);
    }
}

/// serde takes a list of an object's members, in their order, for the object.
#[tokio::test]
async fn a_list_is_taken_for_no_object() {
    let mock = Mock::start().await;
    prepare(&mock).await;
    let state = mock.get(&mock.at("/_mock/state")).await.json();
    for operation in operations().filter(|operation| operation.body().is_some()) {
        let whole = if operation.id() == "put_state" { state.clone() } else { body(operation) };
        let mut paths = vec![String::new()];
        pointers(&whole, "", &mut paths);
        for path in paths {
            let mut sent = whole.clone();
            let place = sent.pointer_mut(&path).unwrap();
            let Some(members) = place.as_object() else { continue };
            *place = members.values().cloned().collect();
            // A claim may be anything.
            if errors(operation.body().unwrap(), &sent).is_empty() {
                continue;
            }
            let request = Request { body: Some(sent), ..Request::to(&mock, operation) };
            let answer = mock.send(request.build(&mock, operation)).await;
            assert_eq!(answer.status, 422, "{} {path}: {}", operation.id(), answer.body);
        }
    }
}

/// Whatever a body says, the answer is a documented one, and what the description forbids is refused with the place.
#[test]
fn a_body_that_does_not_fit_is_refused_whatever_it_says() {
    let runtime = Runtime::new().unwrap();
    let mock = runtime.block_on(Mock::start());
    for operation in operations().filter(|operation| operation.body().is_some()) {
        let mut runner =
            TestRunner::new(Config { cases: 64, failure_persistence: None, ..Config::default() });
        let law = |(place, by): (Index, Value)| {
            let mut request = Request::to(&mock, operation);
            let sent = request.body.as_mut().unwrap();
            replace(sent, place, &by);
            let flaws = errors(operation.body().unwrap(), sent);
            let answer: Answer = runtime.block_on(mock.send(request.build(&mock, operation)));
            prop_assert!(answer.status < 500, "{}: {}", operation.id(), answer.body);
            if !flaws.is_empty() {
                prop_assert_eq!(answer.status, 422, "{}: {:?} {}", operation.id(), flaws, answer.body);
            }
            Ok(())
        };
        if let Err(error) = runner.run(&(any::<Index>(), any_json()), law) {
            panic!("{}: {error}", operation.id());
        }
    }
}
