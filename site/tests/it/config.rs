//! Flags become a configuration, or one line that says what is wrong.

use clap::Parser;
use fixtures::{SUBSCRIPTION_ID, defaults, tutorial_app};
use fortellis_service::StartError;
use site::{Args, Config, Site};

use crate::support::{any_port, with_callback};

#[derive(Parser)]
struct Cli {
    #[command(flatten)]
    args: Args,
}

fn resolve(flags: &[&str]) -> Result<Config, StartError> {
    Cli::try_parse_from(["site"].iter().chain(flags)).unwrap().args.resolve()
}

#[track_caller]
fn error(flags: &[&str]) -> String {
    resolve(flags).unwrap_err().to_string()
}

#[test]
fn unset_means_the_mock_and_its_demo_app() {
    let config = resolve(&[]).unwrap();
    assert_eq!(config.auth_server.issuer, defaults::AUTH_SERVER_URL);
    assert!(config.auth_server.loopback);
    assert_eq!(config.auth_server.api_key, tutorial_app::API_KEY);
    assert_eq!(config.auth_server.redirect_uri, tutorial_app::REDIRECT_URI);
    assert_eq!(config.scope, "openid");
    assert_eq!(config.proxy_url, defaults::PROXY_URL);
    assert_eq!(config.api_url, defaults::API_URL);
    assert_eq!(config.subscription_id, SUBSCRIPTION_ID);
}

#[test]
fn a_real_server_needs_an_api_key_and_no_secret() {
    let real = "https://identity.fortellis.io/oauth2/aus1p1ixy7YL8cMq02p7";
    assert!(
        error(&["--auth-server-url", real])
            .starts_with("FORTELLIS_API_KEY: nothing is set for https://identity.fortellis.io/")
    );
    let server = resolve(&["--auth-server-url", real, "--api-key", "own"]).unwrap().auth_server;
    assert_eq!((server.api_key.as_str(), server.loopback), ("own", false));
}

#[test]
fn base_urls_lose_their_trailing_slash_and_the_callback_url_keeps_its_own() {
    let config = resolve(&[
        "--proxy-url",
        "http://localhost:1/",
        "--api-url",
        "https://api.fortellis.io/",
        "--redirect-uri",
        "http://localhost:80/",
    ])
    .unwrap();
    assert_eq!(config.proxy_url, "http://localhost:1");
    assert_eq!(config.api_url, "https://api.fortellis.io");
    assert_eq!(config.auth_server.redirect_uri, "http://localhost:80/");
}

#[test]
fn scopes_are_separated_by_single_spaces() {
    assert_eq!(resolve(&["--scope", " openid  profile\temail "]).unwrap().scope, "openid profile email");
    assert_eq!(
        error(&["--scope", "open\"id"]),
        "FORTELLIS_SCOPE: \"open\\\"id\" cannot be requested; expected scopes of ASCII without quotes and backslashes, \
         separated by spaces, for example openid"
    );
    for scope in ["", " ", "a\\b", "é", "a\0b", "a\u{7f}"] {
        assert!(error(&["--scope", scope]).starts_with("FORTELLIS_SCOPE: "), "{scope:?}");
    }
}

#[test]
fn other_settings_are_named_when_they_cannot_work() {
    assert!(error(&["--proxy-url", "localhost:5000"]).starts_with("PROXY_URL: \"localhost:5000\" is not"));
    assert!(error(&["--proxy-url", "http://localhost:5000/?x"]).starts_with("PROXY_URL: "));
    assert!(error(&["--api-url", "ftp://x"]).starts_with("FORTELLIS_API_URL: \"ftp://x\" is not"));
    assert!(error(&["--redirect-uri", "/cb"]).starts_with("FORTELLIS_REDIRECT_URI: \"/cb\" is not"));
    for id in ["", "a\nb", "a b", "é"] {
        assert_eq!(
            error(&["--subscription-id", id]),
            format!(
                "FORTELLIS_SUBSCRIPTION_ID: {id:?} cannot be sent as a header; expected an id like {SUBSCRIPTION_ID}"
            )
        );
    }
}

#[tokio::test]
async fn a_callback_url_that_cannot_arrive_stops_the_start() {
    for (redirect_uri, error) in [
        (
            "http://localhost:8080/#here",
            "FORTELLIS_REDIRECT_URI: \"http://localhost:8080/#here\" has a fragment; leave out what begins with # (RFC \
             6749 §3.1.2)",
        ),
        (
            "http://localhost:8080/config.json",
            "FORTELLIS_REDIRECT_URI: \"http://localhost:8080/config.json\" is the address of another file of this site; \
             choose another path, for example /callback",
        ),
        (
            "callback",
            "FORTELLIS_REDIRECT_URI: \"callback\" is not an absolute URL; expected one like http://localhost:8080/",
        ),
    ] {
        let failed = Site::start(any_port().await, with_callback(redirect_uri)).unwrap_err();
        assert_eq!(failed.downcast::<StartError>().unwrap().to_string(), error);
    }
    for path in ["/healthz", "/app.js", "/app/view.js", "/style.css"] {
        let config = with_callback(&format!("http://localhost:8080{path}"));
        assert!(Site::start(any_port().await, config).is_err(), "{path}");
    }
}
