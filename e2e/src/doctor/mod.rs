//! The doctor: checks the variables and the server that they name, and reports each problem with a remedy.
//! One file a check. Each judges values, which are unchecked settings or a server's answer, and uses neither the
//! network
//! nor the clock. [`examine`] runs the checks in the order in which one depends on the other.

mod address;
mod allowed_origins;
mod api;
mod clock;
mod credentials;
mod finding;
mod fortellis;
mod keys;
mod metadata;
mod redirect_uri;
mod registration;
mod report;
mod scope;
mod server_url;
mod setup;
mod token_endpoint;

use fortellis_service::is_loopback;
use mock_idp::Clock;
use url::Url;

use crate::http_client::{HttpClient, HttpError, HttpRequest, HttpResponse};

pub use finding::{Check, Finding, Level};
pub use report::Report;
pub use setup::SetupArgs;

use setup::Setup;

/// The checks that need the server, except for the first.
const AT_SERVER: [Check; 7] = [
    Check::Metadata,
    Check::Keys,
    Check::TokenEndpoint,
    Check::Clock,
    Check::TokenCors,
    Check::Registration,
    Check::ApiSecret,
];

/// Why credentials are not used.
const UNUSABLE: &str = "the API Key or the API Secret cannot be right";

/// Runs all checks. `clock` is this machine's.
pub async fn examine(args: &SetupArgs, clock: &Clock) -> Report {
    let setup = Setup::from(args);
    let OfSettings { mut findings, issuer, callback, fit_credentials } = of_settings(&setup);
    if let Some(issuer) = &issuer {
        let visit = Visit { setup: &setup, clock, issuer, callback: callback.as_ref(), fit_credentials };
        findings.extend(visit.all().await);
    } else {
        let because = "FORTELLIS_AUTH_SERVER_URL does not name an authorization server";
        findings.push(Check::Connection.skipped(because));
        findings.extend(AT_SERVER.map(|check| check.skipped(because)));
    }
    findings.extend(address::look(&setup).await);
    Report::new(&setup.settings.auth_server_url, findings)
}

/// The results of the checks that need no network.
struct OfSettings {
    findings: Vec<Finding>,
    /// The issuer, if the server can be asked.
    issuer: Option<String>,
    /// The Callback URL, if a browser could be sent there.
    callback: Option<Url>,
    /// Whether the credentials may be sent.
    fit_credentials: bool,
}

/// Checks the settings, without network.
fn of_settings(setup: &Setup) -> OfSettings {
    let (mut findings, issuer) =
        server_url::look(&setup.settings.auth_server_url, setup.settings.allow_insecure);
    let (of_credentials, fit_credentials) = credentials::look(setup);
    findings.extend(of_credentials);
    let (of_callback, callback) = redirect_uri::look(setup);
    findings.extend(of_callback);
    findings.push(scope::look(&setup.settings.scope));
    findings.extend(allowed_origins::look(&setup.settings.allowed_origins, callback.as_ref()));
    findings.extend(api::look(setup));
    OfSettings { findings, issuer, callback, fit_credentials }
}

/// What the checks at the server need.
struct Visit<'a> {
    setup: &'a Setup,
    clock: &'a Clock,
    issuer: &'a str,
    callback: Option<&'a Url>,
    fit_credentials: bool,
}

impl Visit<'_> {
    async fn all(&self) -> Vec<Finding> {
        let url = format!("{}{}", self.issuer, metadata::PATHS[0]);
        let first = match HttpClient::to(self.issuer) {
            Ok(client) => client.send(&HttpRequest::get(&url)).await.map(|answer| (client, answer)),
            Err(error) => Err(error),
        };
        let (client, first) = match first {
            Ok(first) => first,
            Err(error) => return self.unreachable(&url, &error),
        };
        let safe = if self.issuer.starts_with("https://") {
            "over https, with a valid certificate"
        } else {
            "over http"
        };
        let mut findings =
            vec![Check::Connection.ok(&format!("GET {url}"), format!("the server answers {safe}"))];
        let (of_metadata, fatal) = self.metadata(&client, &first, &url).await;
        findings.extend(of_metadata);
        if fatal {
            let because = "there is no authorization server at FORTELLIS_AUTH_SERVER_URL";
            findings.extend(AT_SERVER[1..].iter().map(|check| check.skipped(because)));
            return findings;
        }
        findings.extend(self.keys(&client).await);
        findings.extend(self.token_endpoint(&client).await);
        findings.extend(self.registration(&client).await);
        findings.push(self.api_secret(&client).await);
        findings
    }

    fn unreachable(&self, url: &str, error: &HttpError) -> Vec<Finding> {
        let remedy = error.remedy().unwrap_or(if is_loopback(self.issuer) {
            "start the mock: cargo run -p mock-idp, or cargo dev for the whole tutorial"
        } else {
            "check that the network is up and allows outgoing connections: the programs do not use HTTPS_PROXY"
        });
        let mut findings = vec![Check::Connection.error(&format!("GET {url}"), error.to_string(), remedy)];
        findings.extend(AT_SERVER.map(|check| check.skipped("the server does not answer")));
        findings
    }

    async fn metadata(&self, client: &HttpClient, first: &HttpResponse, url: &str) -> (Vec<Finding>, bool) {
        let mut outcome = metadata::judge(first, url, self.issuer);
        if outcome == metadata::Outcome::None {
            let url = format!("{}{}", self.issuer, metadata::PATHS[1]);
            match client.send(&HttpRequest::get(&url)).await {
                Ok(answer) => outcome = metadata::judge(&answer, &url, self.issuer),
                Err(error) => return (vec![lost(Check::Metadata, &format!("GET {url}"), &error)], false),
            }
        }
        match outcome {
            metadata::Outcome::None => (vec![metadata::absent(self.issuer)], false),
            metadata::Outcome::Judged { findings, fatal } => (findings, fatal),
        }
    }

    async fn keys(&self, client: &HttpClient) -> Vec<Finding> {
        let url = format!("{}/v1/keys", self.issuer);
        match client.send(&HttpRequest::get(&url)).await {
            Ok(answer) => keys::judge(&answer, &url),
            Err(error) => vec![lost(Check::Keys, &format!("GET {url}"), &error)],
        }
    }

    async fn token_endpoint(&self, client: &HttpClient) -> Vec<Finding> {
        let url = self.token_url();
        let sent = self.clock.now().instant();
        let answer = match client.send(&token_endpoint::empty_request(&url)).await {
            Ok(answer) => answer,
            Err(error) => {
                let because = "the token endpoint does not answer";
                return vec![
                    lost(Check::TokenEndpoint, &format!("POST {url}"), &error),
                    Check::Clock.skipped(because),
                    Check::TokenCors.skipped(because),
                ];
            }
        };
        let came = self.clock.now().instant();
        // A token endpoint's answer is never cached, so its date is current.
        let mut findings =
            vec![token_endpoint::judge(&answer, &url), clock::judge(answer.field("date"), sent, came)];
        findings.push(self.token_cors(client, &url).await);
        findings
    }

    async fn token_cors(&self, client: &HttpClient, url: &str) -> Finding {
        let check = Check::TokenCors;
        let Some(callback) = self.callback else {
            return check.skipped("FORTELLIS_REDIRECT_URI does not name a page");
        };
        let Some(api_key) = self.setup.api_key().filter(|_| self.fit_credentials) else {
            return check.skipped(UNUSABLE);
        };
        let origin = callback.origin().ascii_serialization();
        match client.send(&token_endpoint::request_of_a_page(url, &origin, api_key)).await {
            Ok(answer) => token_endpoint::judge_cors(&answer, url, &origin),
            Err(error) => lost(check, &format!("POST {url}"), &error),
        }
    }

    async fn registration(&self, client: &HttpClient) -> Vec<Finding> {
        let check = Check::Registration;
        let Some(api_key) = self.setup.api_key().filter(|_| self.fit_credentials) else {
            return vec![check.skipped(UNUSABLE)];
        };
        if self.callback.is_none() {
            return vec![check.skipped("FORTELLIS_REDIRECT_URI does not name a page")];
        }
        let url = format!("{}/v1/authorize", self.issuer);
        let redirect_uri = &self.setup.settings.redirect_uri;
        let ask =
            |redirect_uri| registration::request(&url, api_key, &self.setup.settings.scope, redirect_uri);
        match client.send(&ask(Some(redirect_uri))).await {
            Ok(answer) => {
                let without = client.send(&ask(None)).await.ok();
                registration::judge(&answer, without.as_ref(), &url, redirect_uri)
            }
            Err(error) => vec![lost(check, &format!("GET {url}"), &error)],
        }
    }

    async fn api_secret(&self, client: &HttpClient) -> Finding {
        let check = Check::ApiSecret;
        if !self.setup.with_credentials {
            return check.skipped("it would be sent to the server; --with-credentials tries it");
        }
        let (Some(api_key), Some(api_secret), true) =
            (self.setup.api_key(), self.setup.api_secret(), self.fit_credentials)
        else {
            return check.skipped(UNUSABLE);
        };
        let url = self.token_url();
        match client.send(&token_endpoint::secret_request(&url, api_key, api_secret)).await {
            Ok(answer) => token_endpoint::judge_secret(&answer, &url),
            Err(error) => lost(check, &format!("POST {url}"), &error),
        }
    }

    fn token_url(&self) -> String {
        format!("{}/v1/token", self.issuer)
    }
}

/// A request without an answer at a server that has answered others.
fn lost(check: Check, looked_at: &str, error: &HttpError) -> Finding {
    let remedy = error
        .remedy()
        .unwrap_or("try again; if it happens again, check the network between this machine and the server");
    check.error(looked_at, error.to_string(), remedy)
}

#[cfg(test)]
mod tests {
    use clap::{Args, Command, builder::Resettable};

    use super::{
        setup::{setup, setup_args},
        *,
    };
    use crate::stack::StackArgs;

    #[test]
    fn a_setup_without_variables_is_the_mock_and_the_demo_app() {
        let setup = setup(&[]);
        assert!(setup.is_local());
        assert_eq!(setup.api_key(), Some(fixtures::tutorial_app::API_KEY));
        assert_eq!(format!("{:?}", setup_args(&[])), format!("{:?}", SetupArgs::default()));
    }

    /// Set-ups that work, by their flags.
    const WORKING: [&[&str]; 6] = [
        &[],
        &["--redirect-uri", "http://localhost:80/", "--site-addr", "127.0.0.1:80"],
        &["--site-addr", "127.0.0.1:80"],
        &["--site-addr", "127.0.0.1:8081", "--proxy-addr", "127.0.0.1:5001"],
        &["--mock-idp-addr", "127.0.0.1:9101", "--issuer", "shop"],
        &["--redirect-uri", "http://localhost:8080/callback", "--scope", "openid offline_access"],
    ];

    /// The args of these flags, whatever variables are set where the tests run.
    fn parsed<A: Args>(flags: &[&str]) -> A {
        let command = A::augment_args(Command::new("program").no_binary_name(true));
        let command = command.mut_args(|arg| arg.env(Resettable::Reset));
        A::from_arg_matches(&command.get_matches_from(flags)).unwrap()
    }

    #[test]
    fn stack_and_doctor_derive_the_same_settings() {
        for flags in WORKING {
            let stack: StackArgs = parsed(flags);
            assert_eq!(stack.settings.derive(), setup(flags).settings, "{flags:?}");
        }
    }

    #[test]
    fn what_the_programs_take_is_healthy_for_the_doctor() {
        for flags in WORKING {
            let setup = setup(flags);
            proxy::Config::from_settings(&setup.settings, proxy::DEFAULT_TIMEOUT).unwrap();
            site::Config::from_settings(&setup.settings).unwrap();
            let findings = of_settings(&setup).findings;
            assert!(findings.iter().all(|finding| finding.level == Level::Ok), "{flags:?}: {findings:#?}");
        }
    }
}
