//! Configurations: the values that a mock is started with, and the file that they are read from.

mod document;
mod error;
mod issuer_section;
mod table;

use std::{fmt::Write, io, sync::LazyLock};

use fortellis_service::Limits;

use crate::{directory::Directory, gateway::GatewayRules, protocol::lifetimes::Lifetimes};

use document::ConfigDocument;
use error::in_order;
pub use error::{ConfigError, ConfigFlaw};

/// How many issuers a mock remembers by default.
///
/// ```
/// use std::time::Duration;
/// use mock_idp::{Clock, Config, ISSUER_LIMIT, MockIdp};
/// use tokio::net::TcpListener;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// assert_eq!(Config::demo().issuer_limit, ISSUER_LIMIT);
/// let config = Config { issuer_limit: 2, ..Config::demo() };
/// let idp = MockIdp::start_on(TcpListener::bind("127.0.0.1:0").await?, config)?;
/// idp.issuer("first").advance(Duration::from_secs(3600));
/// idp.issuer("second"); // `default` is kept, so the first one is forgotten
/// assert!(idp.issuer("first").clock().now() <= Clock::default().now()); // it is a new issuer
/// # Ok(())
/// # }
/// ```
pub const ISSUER_LIMIT: usize = 1000;

/// Everything that a mock is started with.
///
/// ```
/// use mock_idp::{Config, Lifetime, MockIdp};
/// use tokio::net::TcpListener;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let file = Config::from_toml("mock.toml", "[issuer]\ncode_lifetime_seconds = 5\n")?;
/// assert_eq!(file.lifetimes.code, Lifetime::from_seconds(5));
/// assert!(file.directory.apps.is_empty()); // a file replaces the demo data
///
/// // The demo data with the file's lifetimes, and the same random values in every run.
/// let config = Config { lifetimes: file.lifetimes, seed: Some(7), ..Config::demo() };
/// let one = MockIdp::start_on(TcpListener::bind("127.0.0.1:0").await?, config.clone())?;
/// let other = MockIdp::start_on(TcpListener::bind("127.0.0.1:0").await?, config)?;
/// assert_eq!(one.default_issuer().keys().rotate(), other.default_issuer().keys().rotate());
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// The directory of each new issuer.
    pub directory: Directory,
    /// The lifetimes of each new issuer.
    pub lifetimes: Lifetimes,
    /// How the API gateway of each new issuer behaves.
    pub gateway: GatewayRules,
    /// The base URL of advertised issuer URLs, if it is not the listener's.
    pub issuer_url: Option<String>,
    /// The base URL at which servers reach the issuers, if it is another.
    pub back_channel_url: Option<String>,
    /// Whether only known issuers are served.
    pub strict_issuers: bool,
    /// How many issuers are remembered. Beyond that the one that was idle longest is forgotten.
    pub issuer_limit: usize,
    /// Makes codes, identifiers, keys and time the same in every run: the clock of each issuer is frozen at
    /// 2026-01-01T00:00:00Z until it is changed.
    pub seed: Option<u64>,
    /// Whether journals mask secrets permanently, so that nobody can have them revealed.
    pub mask: bool,
    /// How long a connection may do nothing before it is closed.
    pub limits: Limits,
}

impl Config {
    /// The demo data, and nothing unusual.
    ///
    /// # Panics
    /// Never: the demo data is part of the program and is tested.
    pub fn demo() -> Self {
        DEMO.clone()
    }

    /// Reads a configuration file. Errors give it this name. All flaws of the file are in the error.
    pub fn from_toml(name: &str, text: &str) -> Result<Self, ConfigError> {
        Checked::read(name, text).config
    }

    /// Refuses a configuration whose directory has flaws. The message names all of them.
    pub(crate) fn check(&self) -> io::Result<()> {
        // The demo data is known to be good, and a mock is often started with it.
        if self.directory == DEMO.directory {
            return Ok(());
        }
        let flaws = self.directory.flaws();
        let mut message = match flaws.len() {
            0 => return Ok(()),
            1 => "the configuration has a flaw:".to_owned(),
            count => format!("the configuration has {count} flaws:"),
        };
        for flaw in flaws {
            // Writing to a string cannot fail.
            let _ = write!(message, "\n{}: {}; {}", flaw.place, flaw.problem, flaw.expected);
        }
        Err(io::Error::new(io::ErrorKind::InvalidInput, message))
    }

    fn of_document(document: ConfigDocument<'_>) -> Self {
        Self {
            directory: document.directory,
            lifetimes: document.lifetimes,
            gateway: document.gateway,
            issuer_url: None,
            back_channel_url: None,
            strict_issuers: false,
            issuer_limit: ISSUER_LIMIT,
            seed: None,
            mask: false,
            limits: Limits::default(),
        }
    }
}

/// The demo data. Read once in a process: a test may start hundreds of mocks.
static DEMO: LazyLock<Config> = LazyLock::new(|| {
    Config::from_toml("demo.toml", fixtures::DEMO_TOML).expect("the demo data is a valid configuration")
});

/// A configuration file that has been checked.
#[derive(Debug)]
pub(crate) struct Checked {
    /// The configuration, or all flaws in the order of the file.
    pub config: Result<Config, ConfigError>,
    /// What works but was probably not intended.
    pub warnings: Vec<ConfigFlaw>,
}

impl Checked {
    /// Reads a configuration file, and goes on after an error.
    pub(crate) fn read(name: &str, text: &str) -> Self {
        let mut document = ConfigDocument::read(text);
        if let Err(error) = ConfigError::of_flaws(in_order(name, text, document.flaws())) {
            return Self { config: Err(error), warnings: Vec::new() };
        }
        let warnings = in_order(name, text, document.warnings());
        Self { config: Ok(Config::of_document(document)), warnings }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::timestamp::Lifetime;

    fn error(text: &str) -> String {
        Config::from_toml("mock.toml", text).unwrap_err().to_string()
    }

    #[test]
    fn the_demo_data_is_what_the_documents_say() {
        let config = Config::demo();
        let names: Vec<&str> = config.directory.apps.iter().map(|app| app.name.as_str()).collect();
        assert_eq!(names, ["Tutorial app", "OIDC app", "Backend app"]);
        assert_eq!(config.directory.users.len(), 2);
        assert_eq!(config.lifetimes, Lifetimes::default());
    }

    #[test]
    fn an_unknown_key_is_refused_with_the_nearest_valid_one() {
        assert_eq!(
            error("[[app]]\nname = \"A\"\napi_key = \"k\"\ncallback = []\n"),
            "mock.toml:4:1: unknown field `callback`; did you mean `callbacks`?"
        );
        assert_eq!(
            error("[issuer]\ncode_lifetime = 3\n"),
            "mock.toml:2:1: unknown field `code_lifetime`; did you mean `code_lifetime_seconds`?"
        );
        assert_eq!(
            error("[[app]]\nname = \"A\"\napi_key = \"k\"\ngrants = [\"authorisation_code\"]\n"),
            "mock.toml:4:11: unknown variant `authorisation_code`; did you mean `authorization_code`?"
        );
    }

    #[test]
    fn a_scope_that_nobody_could_ask_for_is_refused_with_its_line() {
        assert_eq!(
            error("[[app]]\nname = \"A\"\napi_key = \"k\"\nscopes = [\"open id\"]\n"),
            "mock.toml:4:11: a scope has a character outside %x21 / %x23-5B / %x5D-7E; see the starter file that \
             mock-idp init writes"
        );
    }

    #[test]
    fn a_wrong_type_is_refused_with_its_line() {
        let error = error("[issuer]\n\ncode_lifetime_seconds = \"a minute\"\n");
        assert_eq!(
            error,
            "mock.toml:3:25: invalid type: string \"a minute\"; expected a whole number from 0 to 4294967295"
        );
    }

    #[test]
    fn duplicates_and_impossible_callbacks_are_refused() {
        let app = "[[app]]\nname = \"A\"\napi_key = \"k\"\n";
        assert_eq!(
            error(&format!("{app}{app}")),
            "mock.toml:6:11: api_key k appears twice; give each app its own"
        );
        assert_eq!(
            error(&format!("{app}callbacks = [\"http://app.test/cb\"]\n")),
            "mock.toml:4:14: callback http://app.test/cb of app \"A\" cannot be used: http is for this machine only; use \
             https; expected for example http://localhost:8080/ or https://app.example.com/cb"
        );
        let user = "[[user]]\nusername = \"a@example.com\"\npassword = \"x\"\n";
        assert!(
            error(&format!("{user}{user}")).starts_with("mock.toml:5:12: user a@example.com appears twice")
        );
        assert!(
            error("[[subscription]]\nid = \"1\"\napp = \"k\"\norganization = { id = \"2\", name = \"N\" }\n")
                .starts_with("mock.toml:3:7: no app is called \"k\"; expected a known app")
        );
    }

    #[test]
    fn a_resource_that_cannot_answer_is_refused() {
        assert_eq!(
            error("[[resource]]\npath = \"deals\"\n"),
            "mock.toml:2:8: path deals does not begin with / and a name; expected for example /cdk/sales/v1/deals/{id}"
        );
        assert_eq!(
            error("[[resource]]\npath = \"/deals\"\nmethods = [\"get\"]\n"),
            "mock.toml:3:12: unknown variant `get`; did you mean `GET`?"
        );
        assert_eq!(
            error("[[resource]]\npath = \"/a/{id}\"\n[[resource]]\npath = \"/a/{name}\"\n"),
            "mock.toml:4:8: resource /a/{name} answers what /a/{id} answers; give each its own path or methods"
        );
        assert_eq!(
            error("[[resource]]\npath = \"/a\"\napps = [\"k\"]\n"),
            "mock.toml:3:9: no app is called \"k\"; expected a known app"
        );
        assert_eq!(
            error("[gateway]\nqouta_per_minute = 3\n"),
            "mock.toml:2:1: unknown field `qouta_per_minute`; did you mean `quota_per_minute`?"
        );
        assert_eq!(
            error("[gateway]\nbad_token_status = 500\n"),
            "mock.toml:2:20: a bad token is not answered with 500; expected 401 or 403"
        );
    }

    #[test]
    fn all_flaws_of_a_file_are_reported_together_in_their_order() {
        let text = "[isuer]\n[[app]]\nname = \"A\"\napi_key = \"a\"\ncallback = []\n[[app]]\nname = \"B\"\n\
                    [[app]]\nname = \"C\"\napi_key = \"\"\n[user]\n[[subscription]]\nid = \"1\"\napp = \"a\"\n\
                    organization = { id = \"2\", name = \"N\" }\nstatus = \"activ\"\n";
        let checked = Checked::read("mock.toml", text);
        let error = checked.config.unwrap_err();
        let reported: Vec<String> = error.flaws().iter().map(ToString::to_string).collect();
        assert_eq!(
            reported,
            [
                "mock.toml:1:2: unknown field `isuer`; did you mean `issuer`?",
                "mock.toml:5:1: unknown field `callback`; did you mean `callbacks`?",
                "mock.toml:6:1: missing field `api_key`; see the starter file that mock-idp init writes",
                "mock.toml:10:11: app \"C\" has an empty api_key; give it 32 letters and digits",
                "mock.toml:11:1: user is not a list of tables; expected [[user]] in double brackets",
                "mock.toml:16:10: unknown variant `activ`; did you mean `active`?",
            ],
            "a subscription to an app that could not be read is not reported"
        );
    }

    #[test]
    fn a_table_that_is_read_in_part_is_checked_as_far_as_it_was_read() {
        let text = "[[app]]\nname = \"A\"\n[[app]]\nname = \"B\"\napi_key = \"b\"\ndialect = \"okta\"\n\
                    callbacks = [1, \"/cb\"]\n[[resource]]\npath = \"/a\"\nmethods = [\"get\"]\n\
                    [[resource]]\npath = \"/a\"\n[[resource]]\npath = \"/a\"\napps = [\"a\"]\n";
        let refused = Config::from_toml("mock.toml", text).unwrap_err();
        let reported: Vec<(String, &str)> =
            refused.flaws().iter().map(|flaw| (flaw.place(), flaw.field().unwrap())).collect();
        let reported: Vec<(&str, &str)> =
            reported.iter().map(|(place, field)| (place.as_str(), *field)).collect();
        assert_eq!(
            reported,
            [
                ("mock.toml:1:1", "app[0].api_key"),
                ("mock.toml:6:11", "app[1].dialect"),
                ("mock.toml:7:14", "app[1].callbacks[0]"),
                ("mock.toml:7:17", "app[1].callbacks[1]"),
                ("mock.toml:10:12", "resource[0].methods[0]"),
                ("mock.toml:14:8", "resource[2].path"),
            ],
            "the first resource may not answer what the second answers, and the first app may be \"a\""
        );
    }

    #[test]
    fn a_directory_with_a_flaw_is_refused_with_its_place() {
        let mut config = Config::demo();
        assert!(config.check().is_ok());
        config.directory.resources.clear();
        assert!(config.check().is_ok(), "it need not be the demo data");
        config.directory.apps.clear();
        let refused = config.check().unwrap_err();
        assert_eq!(refused.kind(), io::ErrorKind::InvalidInput);
        assert_eq!(
            refused.to_string(),
            "the configuration has 2 flaws:\n\
             subscriptions[0].app: no app is called \"TutorialAppKey000000000000000001\"; expected a known app\n\
             subscriptions[1].app: no app is called \"BackendAppKey0000000000000000001\"; expected a known app"
        );
    }

    #[test]
    fn broken_syntax_is_reported_with_line_and_column() {
        let checked = Checked::read("mock.toml", "[[app]]\nname = \"A\napi_key = k\n");
        let refused = checked.config.unwrap_err();
        let reported: Vec<String> = refused.flaws().iter().map(ConfigFlaw::place).collect();
        assert_eq!(reported, ["mock.toml:2:10", "mock.toml:3:11"]);
        assert_eq!(error("a = \"é\" x"), "mock.toml:1:9: unexpected key or value; expected newline, `#`");
    }

    #[test]
    fn a_warning_has_a_place_and_stops_nothing() {
        let text = "[[app]]\nname = \"A\"\napi_key = \"a\"\n\n[[user]]\nusername = \"sam\"\npassword = \"x\"\n\
                    claims = { name = \"Sam\" }\n";
        let checked = Checked::read("mock.toml", text);
        assert_eq!(checked.config.unwrap().directory.users.len(), 1);
        let reported: Vec<String> = checked.warnings.iter().map(ConfigFlaw::place).collect();
        assert_eq!(reported, ["mock.toml:1:1", "mock.toml:5:1"]);
        assert_eq!(Checked::read("demo.toml", fixtures::DEMO_TOML).warnings, []);
    }

    #[test]
    fn claims_stay_in_the_order_of_the_file() {
        let text =
            "[[user]]\nusername = \"sam\"\npassword = \"x\"\nclaims = { zone = \"z\", name = \"Sam\" }\n";
        let config = Config::from_toml("mock.toml", text).unwrap();
        let claims = serde_json::to_string(&config.directory.users[0].claims).unwrap();
        assert_eq!(claims, r#"{"zone":"z","name":"Sam"}"#);
    }

    #[test]
    fn a_lifetime_that_is_set_applies_to_both_dialects() {
        let config = Config::from_toml("x", "[issuer]\naccess_token_lifetime_seconds = 5\n").unwrap();
        assert_eq!(config.lifetimes.fortellis_user_token, Lifetime::from_seconds(5));
    }
}
