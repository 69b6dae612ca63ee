//! The program itself: its help, its announcement, its end, and a start that fails.

use std::process::Stdio;

use proxy::Proxy;
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    net::TcpListener,
    process::{Child, Command},
};

use crate::support::{GRANTED, TestProxy, any_port, config, json};

/// The program with these flags, and nothing else set.
pub(crate) fn program(flags: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_proxy"));
    command.args(flags).env_clear().current_dir(env!("CARGO_TARGET_TMPDIR")).kill_on_drop(true);
    command
}

/// Waits until a program announces where it listens, and gives that line back.
pub(crate) async fn announced(program: &mut Child) -> serde_json::Value {
    let mut line = String::new();
    BufReader::new(program.stdout.take().unwrap()).read_line(&mut line).await.unwrap();
    serde_json::from_str(&line).unwrap()
}

#[tokio::test]
async fn help_names_every_flag_and_variable() {
    let help = program(&["--help"]).output().await.unwrap();
    assert!(help.status.success());
    insta::assert_snapshot!("help", String::from_utf8(help.stdout).unwrap());
}

#[tokio::test]
async fn the_port_really_bound_is_announced_where_there_are_no_ca_certificates() {
    let mut command = program(&["--addr", "127.0.0.1:0", "--announce", "json"]);
    command.env("SSL_CERT_FILE", "/dev/null").stdout(Stdio::piped()).stderr(Stdio::null());
    let mut running = command.spawn().unwrap();
    let announced = announced(&mut running).await;
    assert_eq!(announced["program"], "proxy");
    assert_eq!(announced["issuer"], fixtures::defaults::AUTH_SERVER_URL);
    let proxy =
        TestProxy::at(announced["url"].as_str().unwrap().to_owned(), "http://localhost:9100".to_owned());
    assert_eq!(proxy.get("/healthz").await.status, 200);
    running.kill().await.unwrap();
}

/// Usual limits are 256 and 1024 open files; a smaller one makes the same point sooner.
#[cfg(unix)]
#[tokio::test]
async fn more_calls_at_once_than_files_may_be_open_at_first() {
    use std::sync::Arc;

    use axum::{Router, routing::get, routing::post};
    use tokio::sync::Barrier;

    const CALLS: usize = 100;

    // No call ends before all of them have come.
    let all_here = Arc::new(Barrier::new(CALLS));
    let router = Router::new()
        .route("/oauth2/default/v1/token", post(async || json(200, GRANTED)))
        .route("/api/default/orders", get(async move || all_here.wait().await.is_leader().to_string()));
    let upstream = fortellis_service::Server::start(any_port().await, router).unwrap();
    let url = upstream.url();
    let mut command = Command::new("/bin/sh");
    command
        .args([
            "-c",
            "ulimit -Sn 64 && exec \"$0\" --addr 127.0.0.1:0 --announce json",
            env!("CARGO_BIN_EXE_proxy"),
        ])
        .env_clear()
        .env("FORTELLIS_AUTH_SERVER_URL", format!("{url}/oauth2/default"))
        .env("FORTELLIS_API_URL", format!("{url}/api/default"))
        .current_dir(env!("CARGO_TARGET_TMPDIR"))
        .kill_on_drop(true)
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    let mut running = command.spawn().unwrap();
    let announced = announced(&mut running).await;
    let proxy = TestProxy::at(announced["url"].as_str().unwrap().to_owned(), url);
    let calls = (0..CALLS).map(|_| proxy.get("/v1/api/orders"));
    for answer in futures_util::future::join_all(calls).await {
        assert_eq!(answer.status, 200, "{answer}");
    }
    running.kill().await.unwrap();
}

#[tokio::test]
async fn https_without_ca_certificates_is_one_line() {
    let mut command = program(&["--addr", "127.0.0.1:0", "--api-url", "https://api.fortellis.io"]);
    let output = command.env("SSL_CERT_FILE", "/dev/null").output().await.unwrap();
    assert_eq!(output.status.code(), Some(2));
    insta::assert_snapshot!("no_ca_certificates", String::from_utf8(output.stderr).unwrap());
}

#[tokio::test]
async fn a_start_that_fails_is_one_line() {
    let output = program(&["--addr", "0.0.0.0:0"]).output().await.unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(
        String::from_utf8(output.stderr).unwrap(),
        "error: PROXY_ADDR: 0.0.0.0:0 can be reached from other machines; use a loopback address, for example \
         127.0.0.1:0\n"
    );
}

#[tokio::test]
async fn a_stopped_proxy_frees_its_port() {
    let proxy = Proxy::start(any_port().await, config("http://localhost:1")).unwrap();
    let addr = proxy.addr();
    assert_eq!(proxy.url(), format!("http://localhost:{}", addr.port()));
    proxy.stop().await;
    TcpListener::bind(addr).await.expect("the port is free again");
}

/// Whatever happens to stderr and stdout, requests are answered and SIGTERM is obeyed.
#[cfg(target_os = "linux")]
#[test]
fn the_program_outlives_the_readers_of_its_output() {
    crate::unread::outlives_its_readers(
        || {
            let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_proxy"));
            command
                .args(["--addr", "127.0.0.1:0", "--announce", "json"])
                .env_clear()
                .current_dir(env!("CARGO_TARGET_TMPDIR"));
            command
        },
        "/healthz",
    );
}
