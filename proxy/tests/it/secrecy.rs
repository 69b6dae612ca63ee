//! Nothing that must stay secret is logged, whatever the level and whoever writes the line.

use std::process::Stdio;

use fixtures::tutorial_app;
use http::Method;
use tokio::{io::AsyncReadExt, process::Command};

use crate::{
    program::{announced, program},
    support::{TestProxy, Upstream, answer, json},
};

/// Runs the program with every log line there is, in a process of its own, for a log belongs to a process.
async fn logged(upstream: &Upstream, calls: impl AsyncFnOnce(TestProxy)) -> String {
    let url = upstream.url();
    let mut command = program(&["--addr", "127.0.0.1:0", "--announce", "json"]);
    command
        .env("RUST_LOG", "trace")
        .env("NO_COLOR", "1")
        .env("FORTELLIS_AUTH_SERVER_URL", format!("{url}/oauth2/default"))
        .env("FORTELLIS_API_URL", format!("{url}/api/default"))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut running = command.spawn().unwrap();
    let mut stderr = running.stderr.take().unwrap();
    let reading = tokio::spawn(async move {
        let mut log = String::new();
        stderr.read_to_string(&mut log).await.unwrap();
        log
    });
    let announced = announced(&mut running).await;
    calls(TestProxy::at(announced["url"].as_str().unwrap().to_owned(), url)).await;
    // A program that is killed loses the lines that wait for their writer. One that is asked to end writes them.
    let pid = running.id().unwrap().to_string();
    Command::new("kill").args(["-TERM", &pid]).status().await.unwrap();
    assert!(running.wait().await.unwrap().success());
    reading.await.unwrap()
}

#[tokio::test]
async fn codes_secrets_and_tokens_are_never_logged() {
    let upstream = Upstream::granting(3600, |request, granted| match request.path_and_query.as_str() {
        "/api/default/refused" if granted < 2 => json(401, r#"{"error":"SECRET-BODY"}"#),
        _ => answer(200, "text/html", "SECRET-BODY"),
    })
    .await;
    let log = logged(&upstream, async |proxy| {
        proxy.get("/v1/api/refused?token=SECRET-QUERY").await;
        proxy.post_code("SECRET-CODE").await;
        proxy.post_json("/v1/token", r#"{"code":"SECRET-CODE","code_verifier":"SECRET-VERIFIER"}"#).await;
        proxy.post_json("/v1/token", r#"{"code":"SECRET-CODE","SECRET-MEMBER":1}"#).await;
        proxy.post_json("/v1/token", r#""SECRET-CODE""#).await;
        proxy.post_json("/v1/token/refresh", r#"{"refresh_token":"SECRET-REFRESH"}"#).await;
        proxy.get("/v1/token?code=SECRET-CODE").await;
        let stranger = proxy.request(Method::POST, "/v1/token").header("origin", "https://evil.example");
        proxy.send(stranger.body("SECRET-CODE")).await;
    })
    .await;
    let warning = log.find("answer with live tokens").expect("a line that says so");
    assert!(warning < log.find("POST /v1/token").expect("a request"), "{log}");
    for line in [
        "GET /v1/api/refused status=200 upstream=200\n",
        "POST /v1/token status=200 upstream=200\n",
        "POST /v1/token status=400 error=\"invalid_request\"\n",
        "POST /v1/token/refresh status=200 upstream=200\n",
        "GET /v1/token status=405 error=\"method_not_allowed\"\n",
        "POST /v1/token status=403 error=\"foreign_origin\"\n",
    ] {
        assert!(log.contains(line), "{line}{log}");
    }
    assert_secret(&log);
}

#[tokio::test]
async fn what_is_wrong_with_an_upstream_is_logged_without_its_words() {
    let upstream = Upstream::start(|_| Some(answer(200, "text/html", "SECRET-BODY"))).await;
    let log = logged(&upstream, async |proxy| drop(proxy.post_code("SECRET-CODE").await)).await;
    assert!(log.contains("/v1/token answered 200 OK with something else (Content-Type text/html)"), "{log}");
    assert_secret(&log);
}

#[track_caller]
fn assert_secret(log: &str) {
    assert!(log.contains("TRACE "), "every level is there");
    for secret in
        ["SECRET", tutorial_app::API_SECRET, "Basic ", "VHV0b3JpYWxBcHB", "service-token", "Bearer "]
    {
        assert!(!log.contains(secret), "{secret} is logged:\n{log}");
    }
}
