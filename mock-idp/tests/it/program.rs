//! The program itself: its help, its flags and variables, its announcement, and starts that fail.

use std::{fs, process::Stdio};

use fixtures::backend_app;
use reqwest::{Certificate, Client};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, BufReader},
    net::TcpListener,
    process::{Child, Command},
};

use crate::support::{claims, program, said};

/// The program while it serves.
struct Serving {
    process: Child,
    /// Where it really listens.
    url: String,
    /// What it advertises.
    issuer: String,
}

impl Serving {
    /// Starts it with these flags on a free port, and waits for its announcement.
    async fn start(flags: &[&str]) -> Self {
        Self::of(program(&[flags, &["--addr", "127.0.0.1:0", "--announce", "json"]].concat())).await
    }

    async fn of(mut command: Command) -> Self {
        let mut process = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).await.unwrap();
        let announced: Value =
            serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line:?}"));
        let text = |name: &str| announced[name].as_str().unwrap().to_owned();
        assert_eq!(announced["program"], "mock-idp");
        Self { process, url: text("url"), issuer: text("issuer") }
    }

    /// A JSON document of its issuer `default`.
    async fn get(&self, client: &Client, path: &str) -> Value {
        let url = format!("{}/oauth2/default{path}", self.url);
        client.get(url).send().await.unwrap().json().await.unwrap()
    }

    /// Ends it; what it has said to people.
    async fn stop(mut self) -> String {
        self.process.start_kill().unwrap();
        let mut said = String::new();
        self.process.stderr.take().unwrap().read_to_string(&mut said).await.unwrap();
        self.process.wait().await.unwrap();
        said
    }
}

#[tokio::test]
async fn help_names_the_commands_every_flag_and_variable_and_examples() {
    for words in ["--help", "-h", "help"] {
        // What is set does not change the help, and neither does what is set to nothing.
        let help = said(program(&[words]).env("MOCK_IDP_CONFIG", "")).await;
        assert_eq!(help.status, Some(0));
        insta::assert_snapshot!("help", help.stdout);
    }
}

#[tokio::test]
async fn the_port_really_bound_is_announced_to_programs_and_people() {
    let serving = Serving::start(&[]).await;
    assert_eq!(serving.issuer, format!("{}/oauth2/default", serving.url));
    let metadata = serving.get(&Client::new(), "/.well-known/openid-configuration").await;
    assert_eq!(metadata["issuer"], serving.issuer);
    let line = format!("mock-idp listens on {} (issuer {})\n", serving.url, serving.issuer);
    let said = serving.stop().await;
    assert!(said.starts_with(&line), "{said}");
}

#[tokio::test]
async fn serve_is_what_the_program_does_without_a_command() {
    let serving = Serving::start(&["serve", "--strict-issuers"]).await;
    let answer = Client::new().get(format!("{}/oauth2/other/v1/keys", serving.url)).send().await.unwrap();
    assert_eq!(answer.status(), 404, "the flags are the same");
}

/// A browser outside and a service inside a container network reach the mock under two names.
#[tokio::test]
async fn browsers_and_servers_may_be_told_different_urls() {
    let flags = ["--issuer-url", "https://idp.example.com/", "--back-channel-url", "http://mock-idp:9100"];
    let serving = Serving::start(&flags).await;
    assert!(serving.url.starts_with("http://localhost:"), "where it really listens: {}", serving.url);
    assert_eq!(serving.issuer, "https://idp.example.com/oauth2/default");
    let http = Client::new();
    let metadata = serving.get(&http, "/.well-known/openid-configuration").await;
    for (member, expected) in [
        ("issuer", "https://idp.example.com/oauth2/default"),
        ("authorization_endpoint", "https://idp.example.com/oauth2/default/v1/authorize"),
        ("end_session_endpoint", "https://idp.example.com/oauth2/default/v1/logout"),
        ("token_endpoint", "http://mock-idp:9100/oauth2/default/v1/token"),
        ("jwks_uri", "http://mock-idp:9100/oauth2/default/v1/keys"),
        ("userinfo_endpoint", "http://mock-idp:9100/oauth2/default/v1/userinfo"),
    ] {
        assert_eq!(metadata[member], expected, "{member}");
    }
    let tokens: Value = http
        .post(format!("{}/oauth2/default/v1/token", serving.url))
        .basic_auth(backend_app::API_KEY, Some(backend_app::API_SECRET))
        .header("content-type", "application/x-www-form-urlencoded")
        .body("grant_type=client_credentials&scope=anonymous")
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert_eq!(claims(&tokens["access_token"])["iss"], serving.issuer);
}

#[tokio::test]
async fn a_variable_sets_what_a_flag_does_and_a_flag_wins() {
    let mut command = program(&["--addr", "127.0.0.1:0", "--announce", "json"]);
    command.env("MOCK_IDP_ADDR", "0.0.0.0:1").env("MOCK_IDP_ISSUER_URL", "https://idp.example.com");
    let serving = Serving::of(command).await;
    assert_eq!(serving.issuer, "https://idp.example.com/oauth2/default");
    // What is set for serving does not keep the other commands from their work.
    let mut token = program(&["token"]);
    token
        .env("MOCK_IDP_ADDR", "0.0.0.0:1")
        .env("MOCK_IDP_TLS", "true")
        .env("MOCK_IDP_STRICT_ISSUERS", "true");
    assert_eq!(said(&mut token).await.status, Some(0));
}

/// As CI systems and `.env` files leave them where there is nothing to say.
#[tokio::test]
async fn a_variable_that_is_set_to_nothing_counts_as_unset() {
    let settings = [
        "MOCK_IDP_CONFIG",
        "MOCK_IDP_ISSUER_LIMIT",
        "MOCK_IDP_ISSUER_URL",
        "MOCK_IDP_SEED",
        "MOCK_IDP_MASK",
        "MOCK_IDP_TLS",
        "MOCK_IDP_TLS_DIR",
        "MOCK_IDP_TLS_CERT",
        "MOCK_IDP_TLS_KEY",
        "XDG_DATA_HOME",
        "HOME",
    ];
    let mut command = program(&["--addr", "127.0.0.1:0"]);
    // The .env file is another place for them.
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join(".env"), "MOCK_IDP_STRICT_ISSUERS=\nANNOUNCE=json\n").unwrap();
    command.current_dir(dir.path()).envs(settings.map(|name| (name, "")));
    let serving = Serving::of(command).await;
    let answer = Client::new().get(format!("{}/oauth2/other/v1/keys", serving.url)).send().await.unwrap();
    assert_eq!(answer.status(), 200, "the demo data, over http, with issuers of any name");

    for words in [["check"], ["token"]] {
        let command = &mut program(&words);
        let said = said(command.current_dir(dir.path()).envs(settings.map(|name| (name, "")))).await;
        let expected = if words == ["check"] { "error: FILE: mock-idp.toml: No such file" } else { "" };
        assert!(said.stderr.starts_with(expected), "{words:?}: {}", said.stderr);
        assert_eq!(said.stderr.is_empty(), expected.is_empty(), "{words:?}: {}", said.stderr);
    }
    let flag = said(&mut program(&["--config", ""])).await;
    assert_eq!(flag.status, Some(2), "an empty flag is a slip: {}", flag.stderr);
}

#[tokio::test]
async fn a_variable_switches_on_and_off_in_the_usual_words() {
    for (word, status) in [("1", 404), ("true", 404), ("yes", 404), ("on", 404), ("0", 200), ("no", 200)] {
        let mut command = program(&["--addr", "127.0.0.1:0", "--announce", "json"]);
        command.env("MOCK_IDP_STRICT_ISSUERS", word);
        let serving = Serving::of(command).await;
        let answer = Client::new().get(format!("{}/oauth2/other/v1/keys", serving.url)).send().await.unwrap();
        assert_eq!(answer.status(), status, "{word}");
    }
    let said = said(program(&[]).env("MOCK_IDP_MASK", "perhaps")).await;
    assert_eq!(said.status, Some(2));
    assert!(said.stderr.starts_with("error: invalid value 'perhaps' for '--mask'"), "{}", said.stderr);
}

#[tokio::test]
async fn https_is_served_with_a_local_ca_that_is_kept() {
    let dir = tempfile::tempdir().unwrap();
    let kept = dir.path().join("ca");
    let flags = ["--tls", "--tls-dir", kept.to_str().unwrap()];
    let serving = Serving::start(&flags).await;
    let ca = kept.join("ca.pem");
    let certificate = Certificate::from_pem(&fs::read(&ca).unwrap()).unwrap();
    let trusting = Client::builder().tls_certs_only([certificate]).build().unwrap();
    assert!(serving.url.starts_with("https://localhost:"), "{}", serving.url);
    let keys = serving.get(&trusting, "/v1/keys").await;
    assert_eq!(keys["keys"][0]["kty"], json!("RSA"));
    let distrusting = Client::builder().tls_certs_only([]).build().unwrap();
    let refused = distrusting.get(format!("{}/healthz", serving.url)).send().await;
    assert!(refused.unwrap_err().is_connect());
    let told = serving.stop().await;
    for hint in ["curl --cacert ", "NODE_EXTRA_CA_CERTS=", "REQUESTS_CA_BUNDLE=", "keytool -importcert"] {
        assert!(told.contains(hint), "{hint} is told: {told}");
    }
    assert!(told.contains(ca.to_str().unwrap()), "{told}");

    let again = Serving::start(&flags).await;
    again.get(&trusting, "/v1/keys").await;
}

#[tokio::test]
async fn a_start_that_fails_is_one_line() {
    let taken = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = taken.local_addr().unwrap().port();
    let addr = format!("127.0.0.1:{port}");
    for (flags, error) in [
        (
            vec!["--addr", "0.0.0.0:0"],
            "MOCK_IDP_ADDR: 0.0.0.0:0 can be reached from other machines; use a loopback address, for example \
             127.0.0.1:0"
                .to_owned(),
        ),
        (
            vec!["--addr", &addr],
            format!(
                "MOCK_IDP_ADDR: port {port} is taken by another program; free it, or set \
                 MOCK_IDP_ADDR=127.0.0.1:0 for any free port"
            ),
        ),
        (vec!["--issuer-url", "idp.example.com"], "MOCK_IDP_ISSUER_URL: \"idp.example.com\" is not".to_owned()),
        (vec!["--back-channel-url", "ftp://x"], "MOCK_IDP_BACK_CHANNEL_URL: \"ftp://x\" is not".to_owned()),
        (vec!["--issuer-limit", "0"], "MOCK_IDP_ISSUER_LIMIT: 0 issuers are too few; expected 1".to_owned()),
        (vec!["--config", "nowhere.toml"], "MOCK_IDP_CONFIG: nowhere.toml: ".to_owned()),
        (vec!["--tls"], "MOCK_IDP_TLS_DIR: is not set, and neither is HOME".to_owned()),
        (vec!["--tls-cert", "a.pem", "--tls-key", "b.pem"], "MOCK_IDP_TLS_CERT: a.pem: ".to_owned()),
    ] {
        let said = said(&mut program(&flags)).await;
        assert_eq!((said.status, said.stdout.as_str()), (Some(2), ""), "{flags:?}");
        assert!(said.stderr.starts_with(&format!("error: {error}")), "{flags:?}: {}", said.stderr);
        assert_eq!(said.stderr.lines().count(), 1, "{}", said.stderr);
    }
}

/// Whatever happens to stderr and stdout, requests are answered and SIGTERM is obeyed.
#[cfg(target_os = "linux")]
#[test]
fn the_program_outlives_the_readers_of_its_output() {
    crate::unread::outlives_its_readers(
        || {
            let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_mock-idp"));
            command
                .args(["--addr", "127.0.0.1:0", "--announce", "json"])
                .env_clear()
                .current_dir(env!("CARGO_TARGET_TMPDIR"));
            command
        },
        "/oauth2/default/v1/keys",
    );
}

/// A directory with a `.env` file.
fn with_dotenv(text: &str) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join(".env"), text).unwrap();
    dir
}

const SOMEBODY_ELSES: &str = "APP_NAME=My Shop\nDB_PASSWORD='hunter2\n{\"json\": [1]}\n\"\n";

#[tokio::test]
async fn somebody_elses_dotenv_stops_nothing() {
    let dir = with_dotenv(&format!("{SOMEBODY_ELSES}MOCK_IDP_STRICT_ISSUERS=true # ours\n"));
    let mut command = program(&["--addr", "127.0.0.1:0", "--announce", "json"]);
    command.current_dir(dir.path());
    let serving = Serving::of(command).await;
    let answer = Client::new().get(format!("{}/oauth2/other/v1/keys", serving.url)).send().await.unwrap();
    assert_eq!(answer.status(), 404, "what is ours is read");
    let said = serving.stop().await;
    assert!(!said.contains("hunter2"), "{said}");
}

#[tokio::test]
async fn the_dotenv_of_a_parent_folder_is_not_read() {
    let dir = with_dotenv("MOCK_IDP_ISSUER_LIMIT='\n");
    let inner = dir.path().join("inner");
    fs::create_dir(&inner).unwrap();
    assert_eq!(said(program(&["token"]).current_dir(inner)).await.status, Some(0));
}

#[tokio::test]
async fn a_line_of_dotenv_that_cannot_be_read_is_named_and_not_quoted() {
    let dir = with_dotenv(&format!("{SOMEBODY_ELSES}MOCK_IDP_ISSUER_URL=\"hunter2\n"));
    let said = said(program(&["token"]).current_dir(dir.path())).await;
    assert_eq!((said.status, said.stdout.as_str()), (Some(2), ""));
    assert_eq!(
        said.stderr,
        "error: .env: line 5: MOCK_IDP_ISSUER_URL has a quotation mark that is not closed; expected NAME=value; a \
         value in quotation marks ends with the same mark\n"
    );
}

#[tokio::test]
async fn what_needs_no_settings_reads_no_dotenv() {
    let dir = with_dotenv("MOCK_IDP_CONFIG='\n");
    fs::write(dir.path().join("mock-idp.toml"), fixtures::DEMO_TOML).unwrap();
    let token = said(&mut program(&["token"])).await.stdout;
    for words in [
        vec!["--help"],
        vec!["token", "--help"],
        vec!["--version"],
        vec!["check"],
        vec!["decode", token.trim()],
    ] {
        let said = said(program(&words).current_dir(dir.path())).await;
        assert_eq!(said.status, Some(0), "{words:?}: {}", said.stderr);
    }
}

#[tokio::test]
async fn dotenv_cannot_open_the_mock_to_other_machines() {
    let dir = with_dotenv("MOCK_IDP_ALLOW_REMOTE=true\nMOCK_IDP_ADDR=0.0.0.0:0\n");
    let said = said(program(&[]).current_dir(dir.path())).await;
    assert_eq!(said.status, Some(2));
    let mut lines = said.stderr.lines();
    assert_eq!(
        lines.next(),
        Some(
            " WARN .env: line 1: MOCK_IDP_ALLOW_REMOTE is ignored: it must be a flag or a variable of the environment"
        )
    );
    assert!(
        lines.next().unwrap().starts_with("error: MOCK_IDP_ADDR: 0.0.0.0:0 can be reached"),
        "{}",
        said.stderr
    );
}
