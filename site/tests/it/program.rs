//! The program itself: its help, its announcement, its log, its end, and a start that fails.

use std::process::Stdio;

use site::Site;
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    net::TcpListener,
    process::Command,
};

use crate::support::{TestSite, any_port, config};

/// The program with these flags, and nothing else set.
fn program(flags: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_site"));
    command.args(flags).env_clear().current_dir(env!("CARGO_TARGET_TMPDIR")).kill_on_drop(true);
    command
}

#[tokio::test]
async fn help_names_every_flag_and_variable() {
    let help = program(&["--help"]).output().await.unwrap();
    assert!(help.status.success());
    insta::assert_snapshot!("help", String::from_utf8(help.stdout).unwrap());
}

#[tokio::test]
async fn the_port_really_bound_is_announced_and_no_code_is_logged() {
    let mut command = program(&["--addr", "127.0.0.1:0", "--announce", "json"]);
    let mut running = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(running.stdout.take().unwrap()).read_line(&mut line).await.unwrap();
    let announced: serde_json::Value = serde_json::from_str(&line).unwrap();
    assert_eq!(announced["program"], "site");
    assert_eq!(announced["issuer"], fixtures::defaults::AUTH_SERVER_URL);

    let site = TestSite::at(announced["url"].as_str().unwrap().to_owned());
    assert_eq!(site.get("/?code=secret-code&state=secret-state").await.status, 200);
    let mut log = BufReader::new(running.stderr.take().unwrap()).lines();
    let told = log.next_line().await.unwrap().unwrap();
    assert!(told.starts_with("site listens on http://localhost:"), "{told}");
    let logged = log.next_line().await.unwrap().unwrap();
    // No colours either: nobody reads this at a terminal.
    assert_eq!(logged, " INFO site: GET / status=200");
    running.kill().await.unwrap();
}

#[tokio::test]
async fn a_start_that_fails_is_one_line() {
    for (flags, error) in [
        (
            ["--addr", "0.0.0.0:0"],
            "error: SITE_ADDR: 0.0.0.0:0 can be reached from other machines; use a loopback address, for example \
             127.0.0.1:0\n",
        ),
        (
            ["--redirect-uri", "http://localhost:8080/app.js"],
            "error: FORTELLIS_REDIRECT_URI: \"http://localhost:8080/app.js\" is the address of another file of this \
             site; choose another path, for example /callback\n",
        ),
    ] {
        let mut command = program(&flags);
        if flags[0] != "--addr" {
            command.args(["--addr", "127.0.0.1:0"]);
        }
        let output = command.output().await.unwrap();
        assert_eq!(output.status.code(), Some(2));
        assert_eq!(String::from_utf8(output.stderr).unwrap(), error);
    }
}

#[tokio::test]
async fn a_stopped_site_frees_its_port() {
    let site = Site::start(any_port().await, config()).unwrap();
    let addr = site.addr();
    assert_eq!(site.url(), format!("http://localhost:{}", addr.port()));
    site.stop().await;
    TcpListener::bind(addr).await.expect("the port is free again");
}

/// Whatever happens to stderr and stdout, requests are answered and SIGTERM is obeyed.
#[cfg(target_os = "linux")]
#[test]
fn the_program_outlives_the_readers_of_its_output() {
    crate::unread::outlives_its_readers(
        || {
            let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_site"));
            command
                .args(["--addr", "127.0.0.1:0", "--announce", "json"])
                .env_clear()
                .current_dir(env!("CARGO_TARGET_TMPDIR"));
            command
        },
        "/",
    );
}

/// At the limit of open files the log says so once. Connections are served as soon as others are closed.
#[cfg(unix)]
#[tokio::test]
async fn at_the_limit_of_open_files_connections_wait_and_the_log_names_the_limit() {
    use tokio::net::TcpStream;

    const LIMIT: usize = 64;

    let mut command = Command::new("/bin/sh");
    command
        .args([
            "-c",
            "ulimit -n 64 && exec \"$0\" --addr 127.0.0.1:0 --announce json",
            env!("CARGO_BIN_EXE_site"),
        ])
        .env_clear()
        .current_dir(env!("CARGO_TARGET_TMPDIR"))
        .kill_on_drop(true)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut running = command.spawn().unwrap();
    let mut line = String::new();
    BufReader::new(running.stdout.take().unwrap()).read_line(&mut line).await.unwrap();
    let announced: serde_json::Value = serde_json::from_str(&line).unwrap();
    let url = announced["url"].as_str().unwrap().to_owned();
    let addr = url.replace("http://localhost", "127.0.0.1");
    let mut open = Vec::new();
    for _ in 0..LIMIT {
        open.push(TcpStream::connect(&addr).await.unwrap());
    }
    let mut log = BufReader::new(running.stderr.take().unwrap()).lines();
    log.next_line().await.unwrap();
    assert_eq!(
        log.next_line().await.unwrap().unwrap(),
        " WARN fortellis_service::server: connections wait: this program may have 64 files open (ulimit -n), and all \
         are in use; they are served as soon as others are closed"
    );
    open.clear();
    assert_eq!(TestSite::at(url).get("/").await.status, 200);
    assert_eq!(
        log.next_line().await.unwrap().unwrap(),
        " INFO site: GET / status=200",
        "one warning is enough"
    );
    running.kill().await.unwrap();
}
