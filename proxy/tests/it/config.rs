//! Flags become a configuration, or one line that says what is wrong.

use std::time::Duration;

use clap::Parser;
use fixtures::{SUBSCRIPTION_ID, defaults, tutorial_app};
use fortellis_service::StartError;
use proxy::{Args, Config, Proxy};

use crate::support::{any_port, config};

#[derive(Parser)]
struct Cli {
    #[command(flatten)]
    args: Args,
}

fn resolve(flags: &[&str]) -> Result<Config, StartError> {
    Cli::try_parse_from(["proxy"].iter().chain(flags)).unwrap().args.resolve()
}

#[track_caller]
fn error(flags: &[&str]) -> String {
    resolve(flags).unwrap_err().to_string()
}

#[test]
fn unset_means_the_mock_and_its_demo_app() {
    let config = resolve(&[]).unwrap();
    assert_eq!(config.auth_server.issuer, defaults::AUTH_SERVER_URL);
    assert_eq!(config.auth_server.redirect_uri, tutorial_app::REDIRECT_URI);
    assert_eq!(config.credentials.api_key, tutorial_app::API_KEY);
    assert_eq!(config.credentials.api_secret.expose(), tutorial_app::API_SECRET);
    assert_eq!(config.api_url, defaults::API_URL);
    assert_eq!(config.subscription_id, SUBSCRIPTION_ID);
    assert_eq!(config.allowed_origins, [defaults::SITE_ORIGIN]);
    assert_eq!(config.timeout, Duration::from_secs(10));
    assert!(!format!("{config:?}").contains(tutorial_app::API_SECRET));
}

#[test]
fn the_demo_secret_stays_on_this_machine() {
    let real = "https://identity.fortellis.io/oauth2/aus1p1ixy7YL8cMq02p7";
    assert!(
        error(&["--auth-server-url", real, "--api-key", "own"])
            .starts_with("FORTELLIS_API_SECRET: nothing is set for https://identity.fortellis.io/")
    );
    let own = ["--auth-server-url", real, "--api-key", "own", "--api-secret", "own"];
    assert_eq!(resolve(&own).unwrap().credentials.api_secret.expose(), "own");
}

#[test]
fn origins_are_exact_and_comma_separated() {
    let origins = |text| resolve(&["--allowed-origins", text]).unwrap().allowed_origins;
    assert_eq!(
        origins("http://localhost:8080, https://app.example,http://[::1]:1"),
        ["http://localhost:8080", "https://app.example", "http://[::1]:1"]
    );
    assert_eq!(origins(""), Vec::<String>::new());
}

#[test]
fn what_is_no_origin_is_refused_with_what_to_write() {
    let refused = |text| error(&["--allowed-origins", text]);
    assert_eq!(
        refused("http://localhost:8080/"),
        "PROXY_ALLOWED_ORIGINS: \"http://localhost:8080/\" is not an origin; browsers send \
         \"http://localhost:8080\": write that"
    );
    assert_eq!(
        refused("http://localhost:80"),
        "PROXY_ALLOWED_ORIGINS: \"http://localhost:80\" is not an origin; browsers send \"http://localhost\": write \
         that"
    );
    for text in ["*", "localhost:8080", "null", "file:///x", "http://"] {
        assert_eq!(
            refused(text),
            format!(
                "PROXY_ALLOWED_ORIGINS: \"{text}\" is not an origin; expected exact origins, comma separated, for \
                 example http://localhost:8080"
            )
        );
    }
    for text in
        ["http://localhost:8080/a", "http://u@localhost:8080", "HTTP://localhost:8080", "http://a/?q#f"]
    {
        assert!(refused(text).contains("is not an origin; browsers send \"http://"), "{text}");
    }
}

#[test]
fn other_settings_are_named_when_they_cannot_work() {
    assert!(
        error(&["--api-url", "localhost:9100"]).starts_with("FORTELLIS_API_URL: \"localhost:9100\" is not")
    );
    assert_eq!(
        error(&["--subscription-id", "a\nb"]),
        "FORTELLIS_SUBSCRIPTION_ID: \"a\\nb\" cannot be sent as a header; expected an id like \
         2529a384-0000-4000-8000-ed09e77dee15"
    );
    assert!(Cli::try_parse_from(["proxy", "--timeout-seconds", "0"]).is_err());
}

#[tokio::test]
async fn a_configuration_made_by_hand_is_checked_at_the_start() {
    let mut wildcard = config("http://localhost:1");
    wildcard.allowed_origins = vec!["*".to_owned()];
    let error = Proxy::start(any_port().await, wildcard).unwrap_err();
    assert_eq!(
        error.to_string(),
        "PROXY_ALLOWED_ORIGINS: \"*\" is not an origin; expected exact origins, comma separated, for example http://localhost:8080"
    );

    let mut unsendable = config("http://localhost:1");
    unsendable.subscription_id = "a\nb".to_owned();
    let error = Proxy::start(any_port().await, unsendable).unwrap_err();
    assert_eq!(
        error.to_string(),
        "FORTELLIS_SUBSCRIPTION_ID: \"a\\nb\" cannot be sent as a header; expected an id like 2529a384-0000-4000-8000-ed09e77dee15"
    );
}
