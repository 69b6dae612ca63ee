//! Another authorization server than the mock, named by variables: the programs send it what the tutorial's page and
//! `api.py` send, byte for byte.

use std::{
    collections::BTreeMap,
    io::{BufRead, BufReader},
    net::SocketAddr,
    process::{Child, Command, Stdio},
    sync::{Arc, Mutex, PoisonError},
};

use axum::{
    Router,
    body::{Bytes, to_bytes},
    extract::Request,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use e2e::{browser::BrowserOptions, page::Home, scenario::Scenario};
use fortellis_service::Server;
use serde_json::Value;
use tokio::net::TcpListener;

/// An app that is not the demo app.
const API_KEY: &str = "RealAppKey0000000000000000000001";
const API_SECRET: &str = "realAppSecret0001";
/// `base64("RealAppKey0000000000000000000001:realAppSecret0001")`.
const BASIC: &str = "Basic UmVhbEFwcEtleTAwMDAwMDAwMDAwMDAwMDAwMDAwMDE6cmVhbEFwcFNlY3JldDAwMDE=";
/// The production issuer's path.
const ISSUER: &str = "/oauth2/aus1p1ixy7YL8cMq02p7";
const CODE: &str = "K5Zvt5mBiyzhqcmvoa8cloq0PT6cUu1mhl1U5TZlevk";

pub(crate) async fn is_sent_what_the_tutorial_sends(scenario: &Scenario<'_>) {
    let recorder = Recorder::start().await;
    let url = format!("http://127.0.0.1:{}{ISSUER}", recorder.server.addr().port());
    let programs = Programs::start(&[
        ("FORTELLIS_AUTH_SERVER_URL", &url),
        ("FORTELLIS_API_KEY", API_KEY),
        ("FORTELLIS_API_SECRET", API_SECRET),
        ("FORTELLIS_REDIRECT_URI", "http://localhost:80/"),
    ]);
    assert_eq!(programs.urls.keys().collect::<Vec<_>>(), ["proxy", "site"], "the mock is not needed");
    assert_eq!(programs.issuer, url);
    let site: SocketAddr = programs.urls["site"].replace("http://localhost", "127.0.0.1").parse().unwrap();
    let browser = scenario.browser(BrowserOptions::default().connecting("localhost:80", site)).await;
    let home = Home::new(browser, "http://localhost/".to_owned());
    home.open().await;
    home.expect_signed_in().await;
    let tutorial: Value = serde_json::from_str(fixtures::TUTORIAL_TOKEN_ANSWER_JSON).unwrap();
    assert_eq!(home.access_token().await, tutorial["access_token"], "shown as the server gave it");

    let seen = recorder.seen();
    let [authorize, token] = &seen[..] else { panic!("expected two requests, received {seen:#?}") };
    let state = authorize.target.rsplit_once("&state=").expect("a state").1;
    assert_eq!(
        authorize.target,
        format!(
            "{ISSUER}/v1/authorize?client_id={API_KEY}&response_type=code&scope=openid\
             &redirect_uri=http://localhost:80/&state={state}"
        )
    );
    assert_eq!(state.len(), 36, "a fresh UUID: {state}");
    assert_eq!(
        (token.method.as_str(), token.target.as_str()),
        ("POST", "/oauth2/aus1p1ixy7YL8cMq02p7/v1/token")
    );
    assert_eq!(token.field("authorization"), BASIC);
    assert_eq!(token.field("accept"), "application/json");
    assert_eq!(token.field("content-type"), "application/x-www-form-urlencoded");
    assert_eq!(
        token.body,
        format!("grant_type=authorization_code&redirect_uri=http://localhost:80/&code={CODE}").as_bytes()
    );
}

pub(crate) async fn needs_credentials_of_its_own(_story: &Scenario<'_>) {
    let variables =
        [("FORTELLIS_AUTH_SERVER_URL", "https://identity.fortellis.io/oauth2/aus1p1ixy7YL8cMq02p7")];
    let output = stack(&variables).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(output.stdout, b"");
    assert_eq!(
        String::from_utf8(output.stderr).unwrap(),
        "error: FORTELLIS_API_KEY: nothing is set for https://identity.fortellis.io/oauth2/aus1p1ixy7YL8cMq02p7, \
         which is not on this machine; set your app's own, from its page in the Fortellis developer account\n"
    );
}

/// The program `stack` on free ports, with these variables and no others of its own.
fn stack(variables: &[(&str, &str)]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_stack"));
    command
        .args(["--site-addr", "127.0.0.1:0", "--proxy-addr", "127.0.0.1:0", "--announce", "json"])
        // No .env file there.
        .current_dir(env!("CARGO_TARGET_TMPDIR"))
        .env_clear()
        .envs(variables.iter().copied())
        .stdin(Stdio::null());
    command
}

/// The programs of the stack. Dropping them ends them.
struct Programs {
    process: Child,
    urls: BTreeMap<String, String>,
    issuer: String,
}

impl Programs {
    /// Starts them and reads where they listen.
    fn start(variables: &[(&str, &str)]) -> Self {
        let process = stack(variables).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut programs = Self { urls: BTreeMap::new(), issuer: String::new(), process };
        let lines = BufReader::new(programs.process.stdout.take().unwrap()).lines();
        for line in lines.map_while(Result::ok) {
            let announced: Value = serde_json::from_str(&line).expect("one JSON object a line");
            let word = |name: &str| announced[name].as_str().unwrap().to_owned();
            programs.issuer = word("issuer");
            programs.urls.insert(word("program"), word("url"));
            if word("program") == "site" {
                return programs;
            }
        }
        panic!("the programs ended before they listened");
    }
}

impl Drop for Programs {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A server that signs everybody in, issues the tutorial's tokens, and records its requests.
struct Recorder {
    server: Server,
    seen: Arc<Mutex<Vec<Seen>>>,
}

/// A recorded request.
#[derive(Debug, Clone)]
struct Seen {
    method: String,
    target: String,
    headers: HeaderMap,
    body: Bytes,
}

impl Recorder {
    async fn start() -> Self {
        let seen = Arc::new(Mutex::new(Vec::new()));
        let kept = seen.clone();
        let router = Router::new().fallback(async move |request: Request| {
            let (head, body) = request.into_parts();
            let request = Seen {
                method: head.method.to_string(),
                target: head.uri.to_string(),
                headers: head.headers,
                body: to_bytes(body, 64 * 1024).await.unwrap(),
            };
            let answer = request.answer();
            kept.lock().unwrap_or_else(PoisonError::into_inner).push(request);
            answer
        });
        let server = Server::start(TcpListener::bind("127.0.0.1:0").await.unwrap(), router).unwrap();
        Self { server, seen }
    }

    fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Seen {
    fn field(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    fn answer(&self) -> Response {
        let path = self.target.split('?').next().unwrap_or_default();
        if path == format!("{ISSUER}/v1/authorize") {
            let state = self.target.rsplit_once("state=").map_or("", |(_, state)| state);
            let callback = format!("http://localhost:80/?code={CODE}&state={state}");
            return (StatusCode::FOUND, [(header::LOCATION, callback)]).into_response();
        }
        if path == format!("{ISSUER}/v1/token") {
            let json = [(header::CONTENT_TYPE, "application/json")];
            return (json, fixtures::TUTORIAL_TOKEN_ANSWER_JSON).into_response();
        }
        StatusCode::NOT_FOUND.into_response()
    }
}
