//! The tutorial word for word, with only its placeholders filled in: by hand with curl, with its Flask proxy and
//! its page, and this project's programs on the tutorial's own ports.
//!
//! Ports 80 and 5000 may be taken, and port 80 needs rights, so the browser is told to connect to free ones whenever a
//! page names these.

use std::{
    io::{BufRead, BufReader},
    net::SocketAddr,
    process::{Child, Command, Stdio},
};

use axum::{Router, response::Html, routing::get};
use base64::{Engine, engine::general_purpose::STANDARD};
use e2e::{
    browser::BrowserOptions,
    page::Home,
    scenario::Scenario,
    stack::{Stack, StackArgs},
};
use fixtures::{subscriber, tutorial_app};
use fortellis_service::Server;
use mock_idp::Endpoint;
use serde_json::Value;
use tempfile::TempDir;
use tokio::net::TcpListener;

/// The address that the tutorial opens in a browser.
const AUTHORIZE: &str = "$[authServerUrl]/v1/authorize?client_id={yourAPIKey}&response_type=code&scope=openid\
                         &redirect_uri=http://localhost:80/&state={yourUUIDForState}";
/// Its command for the exchange.
const TOKEN: &str = include_str!("tutorial/token.sh");
/// Its page.
const INDEX_HTML: &str = include_str!("tutorial/index.html");
/// Its proxy.
const API_PY: &str = include_str!("tutorial/api.py");

/// curl with a cookie jar, from the authorization request to the tokens.
pub(crate) async fn by_hand_with_curl(scenario: &Scenario<'_>) {
    let folder = tempfile::tempdir().unwrap();
    let page = curl(&folder, &["--cookie-jar", "jar", &fill_in(AUTHORIZE, scenario)]);
    let action = page.split_once("action=\"").expect("a form").1.split_once('"').unwrap().0;
    let username = format!("username={}", subscriber::USERNAME);
    let password = format!("password={}", subscriber::PASSWORD);
    let form = ["--data-urlencode", &username, "--data-urlencode", &password];
    let jar = ["--cookie", "jar", "--cookie-jar", "jar", "--write-out", "%{redirect_url}"];
    let callback = curl(&folder, &[&jar[..], &form[..], &[action]].concat());
    let code =
        callback.split_once("http://localhost:80/?code=").expect("the callback").1.split('&').next().unwrap();

    let command = fill_in(TOKEN, scenario).replace("{yourAuthorizationCode}", code);
    let answer = run(Command::new("sh").args(["-c", &command]).current_dir(&folder), "sh and curl");
    let answer: Value = serde_json::from_str(&answer).expect("a token answer");
    let names: Vec<&str> = answer.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(names, ["token_type", "expires_in", "access_token", "scope", "id_token"], "{answer}");
    let access_token = answer["access_token"].as_str().unwrap();
    assert!(scenario.issuer().keys().verified(access_token).is_some(), "signed by a published key");
}

/// The tutorial's own page and its own Flask proxy.
pub(crate) async fn with_a_flask_proxy_and_the_page(scenario: &Scenario<'_>) {
    let flask = Flask::start(&fill_in(API_PY, scenario));
    let index_html = fill_in(INDEX_HTML, scenario);
    let page = Router::new().route("/", get(async move || Html(index_html)));
    let page = Server::start(TcpListener::bind("127.0.0.1:0").await.unwrap(), page).unwrap();

    let browser = tutorial_ports(page.addr(), flask.addr);
    let home = Home::new(scenario.browser(browser).await, "http://localhost/".to_owned());
    home.open().await;
    let home = home.expect_sign_in().await.sign_in().await;
    assert_eq!(home.logged_code().await.len(), 43);
    let answer = home.browser().console_where("with the tokens", |line| line.contains("access_token")).await;
    let answer: Value = serde_json::from_str(&answer).unwrap();
    assert!(scenario.issuer().keys().verified(answer["access_token"].as_str().unwrap()).is_some());
    assert!(scenario.issuer().keys().verified(answer["id_token"].as_str().unwrap()).is_some());
    assert_eq!(scenario.issuer().journal().at(Endpoint::Token).len(), 1);
}

/// This project's page on port 80 with the callback `http://localhost:80/`, and its proxy on port 5000.
pub(crate) async fn on_the_tutorials_own_ports(scenario: &Scenario<'_>) {
    let mut args = StackArgs::on_free_ports("ports-80-and-5000");
    args.settings.shared.redirect_uri = Some(tutorial_app::TUTORIAL_REDIRECT_URI.to_owned());
    args.settings.page.proxy_url = Some("http://localhost:5000".to_owned());
    let stack = Stack::start(args).await.unwrap();
    let browser = tutorial_ports(stack.site_addr(), stack.proxy_addr());
    let home = Home::new(scenario.browser(browser).await, "http://localhost/".to_owned());
    home.open().await;
    home.expect_sign_in().await.sign_in().await.expect_signed_in().await;
    assert_eq!(home.rest_of_address().await, "");
    let authorize = &stack.issuer().journal().at(Endpoint::Authorize)[0];
    let sent =
        authorize.params.iter().find(|(name, _)| name == "redirect_uri").map(|(_, value)| value.as_str());
    assert_eq!(sent, Some("http://localhost:80/"), "sent exactly as written");
    stack.stop().await;
}

fn tutorial_ports(site: SocketAddr, proxy: SocketAddr) -> BrowserOptions {
    BrowserOptions::default().connecting("localhost:80", site).connecting("localhost:5000", proxy)
}

/// Fills in the demo app's values, each placeholder as the tutorial writes it.
fn fill_in(text: &str, scenario: &Scenario<'_>) -> String {
    let basic = STANDARD.encode(format!("{}:{}", tutorial_app::API_KEY, tutorial_app::API_SECRET));
    let filled = text
        .replace("$[authServerUrl]", scenario.issuer().url())
        .replace("base64encoded{APIKey:APISecret}", &basic)
        .replace("base64encoded{yourAPIKey:yourAPISecret}", &basic)
        .replace("{yourAPIKey}", tutorial_app::API_KEY)
        .replace("{yourUUIDForState}", "fc2299c9-b84f-4fe4-a96d-e15c12bebfe7");
    assert!(!filled.contains("{your") || filled.contains("{yourAuthorizationCode}"), "{filled}");
    filled
}

fn curl(folder: &TempDir, args: &[&str]) -> String {
    run(Command::new("curl").args(["--silent", "--show-error"]).args(args).current_dir(folder), "curl")
}

/// The output of a command, which must succeed.
fn run(command: &mut Command, name: &str) -> String {
    let output = command.output().unwrap_or_else(|error| panic!("{name} does not run ({error}); {INSTALL}"));
    assert!(output.status.success(), "{name} failed: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text")
}

const INSTALL: &str = "e2e/install installs what is missing, or by hand: curl, Python 3 with flask, flask-restful, \
                       flask-cors and requests";

/// The tutorial's `api.py`, running. Dropping it ends it.
struct Flask {
    process: Child,
    addr: SocketAddr,
    _folder: TempDir,
}

impl Flask {
    fn start(api_py: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("api.py"), api_py).unwrap();
        let mut process = Command::new(python())
            .args(["-m", "flask", "--app", "api", "run", "--port", "0"])
            .current_dir(&folder)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("Python does not run ({error}); {INSTALL}"));
        let mut stderr = BufReader::new(process.stderr.take().unwrap());
        let addr = listening(&mut stderr);
        // Flask would block if its output were not read.
        std::thread::spawn(move || std::io::copy(&mut stderr, &mut std::io::sink()));
        Self { process, addr, _folder: folder }
    }
}

impl Drop for Flask {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Reads until Flask says where it listens.
fn listening(stderr: &mut impl BufRead) -> SocketAddr {
    let mut said = String::new();
    for line in stderr.lines().map_while(Result::ok) {
        if let Some((_, addr)) = line.split_once("Running on http://") {
            return addr.trim().parse().expect("an address");
        }
        said.push_str(&line);
        said.push('\n');
    }
    panic!("Flask did not start; {INSTALL}; it said:\n{said}");
}

/// A Python that has what the tutorial installs: the one on PATH, or the system's.
fn python() -> &'static str {
    const IMPORTS: &str = "import flask, flask_cors, flask_restful, requests";
    let has_all = |python: &&str| {
        Command::new(python).args(["-c", IMPORTS]).output().is_ok_and(|output| output.status.success())
    };
    ["python3", "/usr/bin/python3", "python"]
        .into_iter()
        .find(has_all)
        .unwrap_or_else(|| panic!("no Python with flask, flask-restful, flask-cors and requests; {INSTALL}"))
}
