//! The doctor finds each planted mistake and nothing else, and finds nothing wrong with a healthy set-up.

use std::{
    process::{Command, Output, Stdio},
    time::Duration,
};

use e2e::{
    doctor::{Check, Level, Report, SetupArgs, examine},
    stack::{Stack, StackArgs},
};
use fixtures::tutorial_app;
use fortellis_service::Secret;
use mock_idp::{Clock, Config, MockIdp, Tls};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::stand_in::{METADATA, StandIn};

/// A mock, and the variables that name it; the page and the proxy take any free port.
async fn healthy() -> (MockIdp, SetupArgs) {
    healthy_with(Config::demo()).await
}

async fn healthy_with(config: Config) -> (MockIdp, SetupArgs) {
    let idp = MockIdp::start_on(TcpListener::bind("127.0.0.1:0").await.unwrap(), config).unwrap();
    let setup = at(idp.default_issuer().url());
    (idp, setup)
}

/// The issuer that the variables name.
fn issuer(setup: &mut SetupArgs) -> &mut String {
    setup.settings.shared.auth_server_url.as_mut().unwrap()
}

/// Names an app of its own, and the real API.
fn with_own_app(setup: &mut SetupArgs, api_secret: &str) {
    let shared = &mut setup.settings.shared;
    shared.api_key = Some("RealAppKey0000000000000000000001".to_owned());
    shared.api_url = Some("https://api.fortellis.io".to_owned());
    "test".clone_into(&mut shared.subscription_id);
    setup.settings.backend.api_secret = Some(Secret::new(api_secret));
}

/// The variables for an authorization server.
fn at(issuer: &str) -> SetupArgs {
    let mut setup = SetupArgs { with_credentials: true, ..SetupArgs::default() };
    setup.settings.shared.auth_server_url = Some(issuer.to_owned());
    "127.0.0.1:0".clone_into(&mut setup.settings.shared.site_addr);
    "127.0.0.1:0".clone_into(&mut setup.settings.shared.proxy_addr);
    setup
}

async fn report(setup: &SetupArgs) -> Report {
    examine(setup, &Clock::default()).await
}

/// Asserts that a report has exactly one problem, this one.
#[track_caller]
fn assert_finds(report: &Report, level: Level, check: Check, found: &str, remedy: &str) {
    let wrong: Vec<_> = report.findings().iter().filter(|it| it.level >= Level::Warning).collect();
    let [finding] = &wrong[..] else { panic!("expected one thing wrong, found {wrong:#?}") };
    assert_eq!((finding.level, finding.check), (level, check), "{finding:#?}");
    assert!(finding.found.contains(found), "found: {}", finding.found);
    let own = finding.remedy.as_deref().unwrap_or_default();
    assert!(own.contains(remedy), "remedy: {own}");
    assert_eq!(report.is_healthy(), level != Level::Error);
}

/// The port in a URL.
fn port(url: &str) -> u16 {
    url.split(['/', ':']).find_map(|part| part.parse().ok()).unwrap()
}

/// The checks that were skipped.
fn skipped(report: &Report) -> Vec<Check> {
    report.findings().iter().filter(|it| it.level == Level::Skipped).map(|it| it.check).collect()
}

const ALL_AT_SERVER: [Check; 7] = [
    Check::Metadata,
    Check::Keys,
    Check::TokenEndpoint,
    Check::Clock,
    Check::TokenCors,
    Check::Registration,
    Check::ApiSecret,
];

mod healthy_setups {
    use super::*;

    #[tokio::test]
    async fn a_healthy_setup_has_nothing_wrong() {
        let (_idp, setup) = healthy().await;
        let report = report(&setup).await;
        assert!(report.is_healthy());
        let levels: Vec<Level> = report.findings().iter().map(|it| it.level).collect();
        assert_eq!(levels, vec![Level::Ok; 16], "{report}");
        insta::with_settings!({filters => vec![(r"localhost:\d{5}", "localhost:[port]")]}, {
            insta::assert_snapshot!("healthy_text", anstream::adapter::strip_str(&report.to_string()));
            insta::assert_snapshot!("healthy_json", serde_json::to_string_pretty(&report).unwrap());
        });
    }

    #[tokio::test]
    async fn the_running_tutorial_is_recognised() {
        let stack = Stack::start(StackArgs::on_free_ports("doctor")).await.unwrap();
        let mut setup = at(stack.issuer().url());
        let settings = &mut setup.settings;
        settings.shared.site_addr = stack.site_addr().to_string();
        settings.shared.proxy_addr = stack.proxy_addr().to_string();
        settings.shared.api_url = Some(stack.issuer().url().replace("/oauth2/", "/api/"));
        settings.shared.redirect_uri = Some(stack.site_url());
        settings.page.proxy_url = Some(format!("http://localhost:{}", stack.proxy_addr().port()));
        settings.backend.allowed_origins = Some(stack.site_url().trim_end_matches('/').to_owned());
        let report = report(&setup).await;
        let found: Vec<&str> = report.findings()[14..].iter().map(|it| it.found.as_str()).collect();
        assert_eq!(
            found,
            [
                format!("the tutorial's page is served at {}", stack.site_addr()),
                format!("the tutorial's proxy is running at {}", stack.proxy_addr()),
            ]
        );
        assert!(report.findings().iter().all(|it| it.level == Level::Ok), "{report}");

        "openid profile".clone_into(&mut setup.settings.page.scope);
        assert_finds(
            &super::report(&setup).await,
            Level::Warning,
            Check::SiteAddress,
            "started with another FORTELLIS_SCOPE",
            "start it with these variables",
        );
    }

    /// The variables name the addresses, and stack and doctor derive the rest.
    #[tokio::test]
    async fn a_running_stack_is_healthy_with_the_same_variables() {
        for redirect_uri in [None, Some("http://localhost:80/")] {
            let mut args = StackArgs::on_free_ports("same-variables");
            args.settings.shared.redirect_uri = redirect_uri.map(str::to_owned);
            let stack = Stack::start(args.clone()).await.unwrap();
            let mut setup = SetupArgs { settings: args.settings, with_credentials: true };
            // Free ports are known once they are bound.
            let shared = &mut setup.settings.shared;
            shared.site_addr = stack.site_addr().to_string();
            shared.proxy_addr = stack.proxy_addr().to_string();
            shared.mock_idp_addr = format!("127.0.0.1:{}", port(stack.issuer().url()));
            let report = report(&setup).await;
            let wrong: Vec<_> = report.findings().iter().filter(|it| it.level != Level::Ok).collect();
            match (redirect_uri, &wrong[..]) {
                (None, []) => {}
                // The page is not served on port 80 here, which is all that may be odd.
                (Some(_), [finding]) if finding.check == Check::RedirectUri => assert!(report.is_healthy()),
                _ => panic!("{redirect_uri:?}: {report}"),
            }
        }
    }

    #[tokio::test]
    async fn https_with_a_trusted_certificate_is_fine() {
        // Whether a certificate is trusted is read from a variable, so the program is run.
        let dir = tempfile::tempdir().unwrap();
        let tls = Tls::from_local_ca(dir.path(), &[], Clock::default().now()).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let idp = MockIdp::start_https_on(listener, Config::demo(), &tls).unwrap();
        let url = idp.default_issuer().url().to_owned();
        let ca = tls.ca().unwrap().display().to_string();
        let output = run(&["--json"], &[("FORTELLIS_AUTH_SERVER_URL", &url), ("SSL_CERT_FILE", &ca)]).await;
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        let report: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(report["findings"][6]["found"], "the server answers over https, with a valid certificate");
    }
}

mod planted_mistakes {
    use super::*;

    #[tokio::test]
    async fn a_pasted_endpoint() {
        let (_idp, mut setup) = healthy().await;
        let url = issuer(&mut setup).clone();
        issuer(&mut setup).push_str("/v1/authorize?client_id=x");
        let report = report(&setup).await;
        assert_finds(
            &report,
            Level::Error,
            Check::ServerUrl,
            "is an endpoint",
            &format!("write the issuer, {url}"),
        );
        assert_eq!(skipped(&report), [&[Check::Connection], &ALL_AT_SERVER[..]].concat());
    }

    #[tokio::test]
    async fn an_issuer_of_another_host() {
        let mut setup = at("https://identity.fortellis.io/oauth2/aus1ni5i9n9WkzcYa2p7");
        with_own_app(&mut setup, "realAppSecret001");
        assert_finds(
            &report(&setup).await,
            Level::Error,
            Check::ServerUrl,
            "not at identity.fortellis.io but at identity-dev.fortellis.io",
            "aus1p1ixy7YL8cMq02p7",
        );
    }

    #[tokio::test]
    async fn a_slash_at_the_end_of_the_issuer() {
        let (_idp, mut setup) = healthy().await;
        issuer(&mut setup).push('/');
        assert_finds(
            &report(&setup).await,
            Level::Warning,
            Check::ServerUrl,
            "ends with a slash",
            "byte for byte",
        );
    }

    #[tokio::test]
    async fn a_demo_secret_for_a_real_server_which_it_is_not_sent_to() {
        // Names below .invalid never resolve (RFC 6761 §6.4).
        let mut setup = at("https://auth.invalid/oauth2/default");
        with_own_app(&mut setup, tutorial_app::API_SECRET);
        let report = report(&setup).await;
        let wrong: Vec<_> = report.findings().iter().filter(|it| it.level == Level::Error).collect();
        let [secret, host] = &wrong[..] else { panic!("{wrong:#?}") };
        assert_eq!((secret.check, secret.looked_at.as_str()), (Check::Credentials, "FORTELLIS_API_SECRET"));
        assert!(secret.found.starts_with("a demo app's is set"), "{}", secret.found);
        assert_eq!(
            (host.check, host.found.as_str()),
            (Check::Connection, "the host name cannot be resolved")
        );
        assert!(!format!("{report:?}").contains(tutorial_app::API_SECRET));
    }

    #[tokio::test]
    async fn nobody_listens() {
        let (idp, setup) = healthy().await;
        idp.stop().await;
        let report = report(&setup).await;
        assert_finds(
            &report,
            Level::Error,
            Check::Connection,
            "no program listens there",
            "cargo run -p mock-idp",
        );
        assert_eq!(skipped(&report), ALL_AT_SERVER);
    }

    #[tokio::test]
    async fn https_where_http_is_spoken() {
        let (_idp, mut setup) = healthy().await;
        let https = issuer(&mut setup).replace("http://", "https://");
        *issuer(&mut setup) = https;
        let report = report(&setup).await;
        assert_finds(&report, Level::Error, Check::Connection, "does not speak https", "write http://");
    }

    #[tokio::test]
    async fn http_where_https_is_spoken() {
        let dir = tempfile::tempdir().unwrap();
        let tls = Tls::from_local_ca(dir.path(), &[], Clock::default().now()).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let idp = MockIdp::start_https_on(listener, Config::demo(), &tls).unwrap();
        let issuer = idp.default_issuer().url().replace("https://", "http://");
        let report = report(&at(&issuer)).await;
        assert_finds(&report, Level::Error, Check::Connection, "does not speak http", "write https://");
    }

    #[tokio::test]
    async fn a_certificate_that_nobody_trusts() {
        let dir = tempfile::tempdir().unwrap();
        let tls = Tls::from_local_ca(dir.path(), &[], Clock::default().now()).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let idp = MockIdp::start_https_on(listener, Config::demo(), &tls).unwrap();
        let report = report(&at(idp.default_issuer().url())).await;
        assert_finds(
            &report,
            Level::Error,
            Check::Connection,
            "a CA that this machine does not trust",
            "SSL_CERT_FILE",
        );
    }

    #[tokio::test]
    async fn an_issuer_by_another_name() {
        let (_idp, mut setup) = healthy().await;
        let by_address = issuer(&mut setup).replace("localhost", "127.0.0.1");
        *issuer(&mut setup) = by_address;
        let report = report(&setup).await;
        assert_finds(&report, Level::Error, Check::Metadata, "the host differs", "byte for byte");
    }

    #[tokio::test]
    async fn an_issuer_that_does_not_exist() {
        let (_idp, mut setup) = healthy_with(Config { strict_issuers: true, ..Config::demo() }).await;
        let misspelt = issuer(&mut setup).replace("default", "defualt");
        *issuer(&mut setup) = misspelt;
        let report = report(&setup).await;
        assert_finds(
            &report,
            Level::Error,
            Check::Metadata,
            "does not know the issuer defualt",
            "the last part",
        );
        assert_eq!(skipped(&report), ALL_AT_SERVER[1..]);
    }

    #[tokio::test]
    async fn a_network_that_wants_to_be_signed_in_to() {
        let portal = StandIn::of_another_kind(200, "text/html", "<h1>Welcome to the hotel</h1>").await;
        let report = report(&at(&portal.issuer())).await;
        assert_finds(
            &report,
            Level::Error,
            Check::Metadata,
            "200 with a page",
            "the sign-in page of a network",
        );
    }

    #[tokio::test]
    async fn metadata_without_a_token_endpoint() {
        let server = StandIn::spoiled_with_json(METADATA, 200, &json!({ "issuer": "x" })).await;
        let report = report(&SetupArgs { with_credentials: false, ..at(&server.issuer()) }).await;
        let found: Vec<&str> = report
            .findings()
            .iter()
            .filter(|it| it.level == Level::Error)
            .map(|it| it.found.as_str())
            .collect();
        assert_eq!(found.len(), 5, "the issuer and four that are missing: {found:#?}");
        assert!(found.contains(&"the metadata has no token_endpoint, which is required (RFC 8414 §2)"));
    }

    #[tokio::test]
    async fn no_metadata_is_odd_and_no_more() {
        let server = StandIn::spoiled(METADATA, 404, "text/plain", "").await;
        let report = report(&SetupArgs { with_credentials: false, ..at(&server.issuer()) }).await;
        assert_finds(
            &report,
            Level::Warning,
            Check::Metadata,
            "does not publish metadata",
            "Fortellis documents none",
        );
    }

    #[tokio::test]
    async fn keys_that_verify_nothing() {
        let server = StandIn::spoiled_with_json("/v1/keys", 200, &json!({ "keys": [] })).await;
        let report = report(&SetupArgs { with_credentials: false, ..at(&server.issuer()) }).await;
        assert_finds(
            &report,
            Level::Error,
            Check::Keys,
            "none of 0 keys",
            "report it to the operator of the server",
        );
    }

    #[tokio::test]
    async fn a_token_endpoint_that_is_none() {
        let server = StandIn::spoiled("/v1/token", 404, "text/html", "<p>Not here").await;
        let report = report(&SetupArgs { with_credentials: false, ..at(&server.issuer()) }).await;
        assert_finds(
            &report,
            Level::Error,
            Check::TokenEndpoint,
            "404 with a page",
            "FORTELLIS_AUTH_SERVER_URL",
        );
    }

    #[tokio::test]
    async fn a_clock_that_is_wrong() {
        let (_idp, setup) = healthy().await;
        let clock = Clock::default();
        clock.advance(Duration::from_secs(600));
        let report = examine(&setup, &clock).await;
        assert_finds(&report, Level::Error, Check::Clock, "ahead of the server's", "NTP");
    }

    #[tokio::test]
    async fn a_callback_that_is_not_registered() {
        let (_idp, mut setup) = healthy().await;
        setup.settings.shared.redirect_uri = Some("http://localhost:8080/callback".to_owned());
        let report = report(&setup).await;
        assert_finds(
            &report,
            Level::Error,
            Check::Registration,
            "http://localhost:8080/callback is not among its Callback URLs",
            "register it",
        );
    }

    #[tokio::test]
    async fn an_app_that_is_not_registered() {
        let (_idp, mut setup) = healthy().await;
        setup.settings.shared.api_key = Some("RealAppKey0000000000000000000001".to_owned());
        setup.with_credentials = false;
        let report = report(&setup).await;
        assert_finds(
            &report,
            Level::Error,
            Check::Registration,
            "does not know the app",
            "FORTELLIS_API_KEY",
        );
    }

    #[tokio::test]
    async fn a_scope_that_the_server_does_not_give() {
        let (_idp, mut setup) = healthy().await;
        setup.settings.page.scope = "openid roles".to_owned();
        let report = report(&setup).await;
        assert_finds(
            &report,
            Level::Error,
            Check::Registration,
            "does not grant the scope",
            "FORTELLIS_SCOPE",
        );
    }

    #[tokio::test]
    async fn a_wrong_secret() {
        let (_idp, mut setup) = healthy().await;
        setup.settings.backend.api_secret = Some(Secret::new("tutorialSecret02"));
        let report = report(&setup).await;
        assert_finds(
            &report,
            Level::Error,
            Check::ApiSecret,
            "refuses the API Key or the API Secret",
            "copy both again",
        );
        assert!(!format!("{report:?}").contains("tutorialSecret02"));
    }

    #[tokio::test]
    async fn a_page_that_the_proxy_refuses() {
        let (_idp, mut setup) = healthy().await;
        setup.settings.backend.allowed_origins = Some("http://localhost:3000".to_owned());
        assert_finds(
            &report(&setup).await,
            Level::Error,
            Check::AllowedOrigins,
            "http://localhost:3000 may call",
            "set PROXY_ALLOWED_ORIGINS=http://localhost:3000,http://localhost:8080",
        );
    }

    #[tokio::test]
    async fn a_port_that_another_program_has() {
        let (_idp, mut setup) = healthy().await;
        let other = StandIn::of_another_kind(404, "text/plain", "").await;
        setup.settings.shared.site_addr = other.addr();
        // The Callback URL's port is another then, which is not what is looked for here.
        setup.settings.shared.redirect_uri = Some("http://localhost:8080/".to_owned());
        let report = report(&setup).await;
        let last = report.findings().iter().rev().nth(1).unwrap();
        assert_eq!((last.check, last.level), (Check::SiteAddress, Level::Error));
        assert!(last.found.contains("is taken by another HTTP server"), "{}", last.found);
    }

    #[tokio::test]
    async fn an_address_that_others_can_reach() {
        let (_idp, mut setup) = healthy().await;
        setup.settings.shared.proxy_addr = "0.0.0.0:5000".to_owned();
        let report = report(&setup).await;
        assert_finds(
            &report,
            Level::Error,
            Check::ProxyAddress,
            "can be reached from other machines",
            "127.0.0.1:5000",
        );
    }

    #[tokio::test]
    async fn a_token_of_another_gateway() {
        let (_idp, mut setup) = healthy().await;
        setup.settings.shared.api_url = Some("https://api.fortellis.io".to_owned());
        setup.settings.shared.subscription_id = "test".to_owned();
        assert_finds(
            &report(&setup).await,
            Level::Warning,
            Check::Api,
            "does not accept the tokens",
            "leave it unset",
        );
    }
}

mod program_doctor {
    use super::*;

    #[tokio::test]
    async fn its_status_tells_programs_how_things_stand() {
        let (idp, mut setup) = healthy().await;
        let url = issuer(&mut setup).clone();
        let output = run(&["--json"], &[("FORTELLIS_AUTH_SERVER_URL", &url)]).await;
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        let report: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!((&report["healthy"], &report["server"]), (&json!(true), &json!(url)));
        assert_eq!(
            report["findings"][13]["found"],
            "skipped, because it would be sent to the server; --with-credentials tries it"
        );

        idp.stop().await;
        let output = run(&[], &[("FORTELLIS_AUTH_SERVER_URL", &url)]).await;
        assert_eq!(output.status.code(), Some(1), "{output:?}");
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(text.ends_with("\nNot healthy: 1 error, no warnings\n"), "{text}");
        assert!(!text.contains('\x1b'), "no colours where there is no terminal: {text:?}");

        let output = run(&["--colour"], &[]).await;
        assert_eq!(output.status.code(), Some(2), "{output:?}");
    }

    #[tokio::test]
    async fn its_help_tells_the_statuses_and_no_secret() {
        let output = run(&["--help"], &[("FORTELLIS_API_SECRET", "realAppSecret001")]).await;
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(text.contains("Status: 0 healthy"), "{text}");
        assert!(!text.contains("realAppSecret001"), "{text}");
    }
}

/// Runs the program `doctor` with these variables and no others of its own, on addresses that are free.
async fn run(args: &[&str], variables: &[(&str, &str)]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_doctor"));
    command
        .args(args)
        // No .env file there.
        .current_dir(env!("CARGO_TARGET_TMPDIR"))
        .env_clear()
        .env("SITE_ADDR", "127.0.0.1:0")
        .env("PROXY_ADDR", "127.0.0.1:0")
        .envs(variables.iter().copied())
        .stdin(Stdio::null());
    // The mock that it asks runs in this very process.
    tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap()
}
