//! What a configuration may say: the file's format, its checks, and the values a mock is started with.

use std::{fmt, sync::LazyLock};

use serde::{Deserialize, Serialize, de::DeserializeOwned};
use toml::{
    Spanned,
    de::{DeTable, DeValue, ValueDeserializer},
};

use crate::{
    directory::{App, Directory, Part, Resource, Subscription, User},
    gateway::GatewayRules,
    protocol::{lifetimes::Lifetimes, near_miss::Unfit, text::ApiKey, timestamp::Lifetime},
};

/// How many issuers a mock remembers unless told otherwise.
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
/// idp.issuer("second"); // `default` stays, so the first one has to go
/// assert!(idp.issuer("first").clock().now() <= Clock::default().now()); // forgotten, so made anew
/// # Ok(())
/// # }
/// ```
pub const ISSUER_LIMIT: usize = 1000;

/// All that a mock is started with.
///
/// ```
/// use mock_idp::{Config, Lifetime, MockIdp};
/// use tokio::net::TcpListener;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let file = Config::from_toml("mock.toml", "[issuer]\ncode_lifetime_seconds = 5\n")?;
/// assert_eq!(file.lifetimes.code, Lifetime::from_seconds(5));
/// assert!(file.directory.apps.is_empty()); // a file says all that there is
///
/// // The demo data with the file's lifetimes, and the same dice in every run.
/// let config = Config { lifetimes: file.lifetimes, seed: Some(7), ..Config::demo() };
/// let one = MockIdp::start_on(TcpListener::bind("127.0.0.1:0").await?, config.clone())?;
/// let other = MockIdp::start_on(TcpListener::bind("127.0.0.1:0").await?, config)?;
/// assert_eq!(one.default_issuer().keys().rotate(), other.default_issuer().keys().rotate());
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// Who exists in each new issuer.
    pub directory: Directory,
    /// How long things live in each new issuer.
    pub lifetimes: Lifetimes,
    /// How the API gateway of each new issuer behaves.
    pub gateway: GatewayRules,
    /// The base URL that issuers are advertised below, where it is not the listener's.
    pub issuer_url: Option<String>,
    /// The base URL at which servers reach the issuers, where it is another.
    pub back_channel_url: Option<String>,
    /// Whether only known issuers are served.
    pub strict_issuers: bool,
    /// How many issuers are remembered; beyond that the longest idle one is forgotten.
    pub issuer_limit: usize,
    /// Makes codes, identifiers, keys and time the same in every run: the clock of each issuer stands still at
    /// 2026-01-01T00:00:00Z until it is told otherwise.
    pub seed: Option<u64>,
    /// Whether journals mask secrets for good: nobody can ask them to be revealed.
    pub mask: bool,
}

impl Config {
    /// The demo data, and nothing unusual.
    ///
    /// # Panics
    /// Never: the demo data is part of the program and is tested.
    pub fn demo() -> Self {
        /// Read once in a process: a test may start hundreds of mocks.
        static DEMO: LazyLock<Config> = LazyLock::new(|| {
            Config::from_toml("demo.toml", fixtures::DEMO_TOML)
                .expect("the demo data is a valid configuration")
        });
        DEMO.clone()
    }

    /// Reads a configuration file. `name` is the name that errors give it; of several, the first is returned.
    pub fn from_toml(name: &str, text: &str) -> Result<Self, ConfigError> {
        // Where there is no configuration there is an error.
        Checked::read(name, text).config.map_err(|mut errors| errors.swap_remove(0))
    }

    fn of_file(file: File) -> Self {
        fn strip<T>(items: Vec<Spanned<T>>) -> Vec<T> {
            items.into_iter().map(Spanned::into_inner).collect()
        }
        Self {
            directory: Directory {
                apps: strip(file.app),
                users: strip(file.user),
                subscriptions: strip(file.subscription),
                resources: strip(file.resource),
            },
            lifetimes: file.issuer.into(),
            gateway: file.gateway,
            issuer_url: None,
            back_channel_url: None,
            strict_issuers: false,
            issuer_limit: ISSUER_LIMIT,
            seed: None,
            mask: false,
        }
    }
}

/// A configuration file that has been looked through.
#[derive(Debug)]
pub(crate) struct Checked {
    /// What it says, or all that is wrong with it, in the order of the file.
    pub config: Result<Config, Vec<ConfigError>>,
    /// What works and was probably not meant.
    pub warnings: Vec<ConfigError>,
}

impl Checked {
    /// Reads a configuration file, and goes on after an error.
    pub(crate) fn read(name: &str, text: &str) -> Self {
        let mut reader = Reader { name, text, errors: Vec::new() };
        let file = reader.file();
        if !reader.errors.is_empty() {
            reader.errors.sort_by_key(|error| (error.line, error.column));
            return Self { config: Err(reader.errors), warnings: Vec::new() };
        }
        let apps: Vec<usize> = file.app.iter().map(|app| app.span().start).collect();
        let users: Vec<usize> = file.user.iter().map(|user| user.span().start).collect();
        let config = Config::of_file(file);
        let warnings = config.directory.smells().into_iter().map(|smell| {
            let offset = match smell.part {
                Part::Whole => 0,
                Part::App(index) => apps[index],
                Part::User(index) => users[index],
            };
            ConfigError::at(name, text, offset, smell.problem, smell.remedy)
        });
        let mut warnings: Vec<_> = warnings.collect();
        warnings.sort_by_key(|warning| (warning.line, warning.column));
        Self { config: Ok(config), warnings }
    }
}

/// What a configuration file says, with where it says it.
#[derive(Default)]
struct File {
    issuer: IssuerSection,
    gateway: GatewayRules,
    app: Vec<Spanned<App>>,
    user: Vec<Spanned<User>>,
    subscription: Vec<Spanned<Subscription>>,
    resource: Vec<Spanned<Resource>>,
}

/// Reads a file section by section, so that a slip in one does not hide those in the others.
struct Reader<'a> {
    name: &'a str,
    text: &'a str,
    errors: Vec<ConfigError>,
}

impl<'a> Reader<'a> {
    /// All that could be read.
    fn file(&mut self) -> File {
        const SECTIONS: &str = "`issuer`, `gateway`, `app`, `user`, `subscription`, `resource`";
        let mut file = File::default();
        let (document, errors) = DeTable::parse_recoverable(self.text);
        if !errors.is_empty() {
            // What is guessed from broken syntax would only be broken again.
            self.errors.extend(errors.iter().map(|error| ConfigError::of_toml(self.name, self.text, error)));
            return file;
        }
        for (section, value) in document.into_inner() {
            match section.get_ref().as_ref() {
                "issuer" => file.issuer = self.value(value).unwrap_or_default(),
                "gateway" => file.gateway = self.value(value).unwrap_or_default(),
                "app" => file.app = self.list("app", value),
                "user" => file.user = self.list("user", value),
                "subscription" => file.subscription = self.list("subscription", value),
                "resource" => file.resource = self.list("resource", value),
                unknown => {
                    let message = format!("unknown field `{unknown}`, expected one of {SECTIONS}");
                    self.unfit(section.span().start, &message);
                }
            }
        }
        let all_apps = self.errors.is_empty();
        self.errors.extend(check(self.name, self.text, &file, all_apps));
        file
    }

    fn value<T: DeserializeOwned>(&mut self, value: Spanned<DeValue<'a>>) -> Option<T> {
        let start = value.span().start;
        match T::deserialize(ValueDeserializer::from(value)) {
            Ok(value) => Some(value),
            Err(error) => {
                self.unfit(error.span().map_or(start, |span| span.start), error.message());
                None
            }
        }
    }

    fn list<T: DeserializeOwned>(&mut self, name: &str, value: Spanned<DeValue<'a>>) -> Vec<Spanned<T>> {
        let (span, value) = (value.span(), value.into_inner());
        let DeValue::Array(items) = value else {
            self.unfit(
                span.start,
                &format!("{name} is one of several, expected [[{name}]] in double brackets"),
            );
            return Vec::new();
        };
        let items = items.into_iter();
        items.filter_map(|item| Some(Spanned::new(item.span(), self.value(item)?))).collect()
    }

    fn unfit(&mut self, offset: usize, message: &str) {
        self.errors.push(ConfigError::of_message(self.name, self.text, offset, message));
    }
}

/// The section `[issuer]`. What is left out keeps its default.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(clippy::struct_field_names, reason = "the names are those of the file, which gives units")]
struct IssuerSection {
    code_lifetime_seconds: Option<Lifetime>,
    access_token_lifetime_seconds: Option<Lifetime>,
    refresh_token_idle_seconds: Option<Lifetime>,
    session_lifetime_seconds: Option<Lifetime>,
    clock_leeway_seconds: Option<Lifetime>,
}

impl From<IssuerSection> for Lifetimes {
    fn from(section: IssuerSection) -> Self {
        let default = Self::default();
        Self {
            code: section.code_lifetime_seconds.unwrap_or(default.code),
            access_token: section.access_token_lifetime_seconds.unwrap_or(default.access_token),
            // Who sets a lifetime wants tokens that live so long, in either dialect.
            fortellis_user_token: section
                .access_token_lifetime_seconds
                .unwrap_or(default.fortellis_user_token),
            refresh_token_idle: section.refresh_token_idle_seconds.unwrap_or(default.refresh_token_idle),
            session: section.session_lifetime_seconds.unwrap_or(default.session),
            leeway: section.clock_leeway_seconds.unwrap_or(default.leeway),
        }
    }
}

/// A configuration that cannot work: where, what, and what would be accepted.
///
/// ```
/// use mock_idp::Config;
///
/// let error = Config::from_toml("mock.toml", "[issuer]\ncode_lifetime = 5\n").unwrap_err();
/// assert_eq!(error.place(), "mock.toml:2:1");
/// assert_eq!(error.problem(), "mock.toml:2:1: unknown field `code_lifetime`");
/// assert_eq!(error.remedy(), "did you mean `code_lifetime_seconds`?");
/// assert_eq!(error.advice(), "unknown field `code_lifetime`; did you mean `code_lifetime_seconds`?");
/// assert_eq!(error.to_string(), format!("{}: {}", error.place(), error.advice()));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct ConfigError {
    file: String,
    line: usize,
    column: usize,
    problem: String,
    remedy: String,
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}; {}", self.problem(), self.remedy)
    }
}

impl ConfigError {
    /// Where the problem is: `mock.toml:4:1`, line and column counted from 1.
    pub fn place(&self) -> String {
        format!("{}:{}:{}", self.file, self.line, self.column)
    }

    /// What the problem is, and what would be accepted.
    pub fn advice(&self) -> String {
        format!("{}; {}", self.problem, self.remedy)
    }

    /// Where the problem is, and what: `mock.toml:4:1: unknown field ...`.
    pub fn problem(&self) -> String {
        format!("{}: {}", self.place(), self.problem)
    }

    /// What would be accepted.
    pub fn remedy(&self) -> &str {
        &self.remedy
    }

    fn at(file: &str, text: &str, offset: usize, problem: String, remedy: impl Into<String>) -> Self {
        let before = text.get(..offset).unwrap_or(text);
        let line = 1 + before.matches('\n').count();
        let column = 1 + before.rsplit('\n').next().unwrap_or_default().chars().count();
        Self { file: file.to_owned(), line, column, problem, remedy: remedy.into() }
    }

    fn of_toml(file: &str, text: &str, error: &toml::de::Error) -> Self {
        Self::of_message(file, text, error.span().map_or(0, |span| span.start), error.message())
    }

    /// Takes the parser's words, and for an unknown key or value names the nearest valid one.
    fn of_message(file: &str, text: &str, offset: usize, message: &str) -> Self {
        let unfit = Unfit::of_message(message);
        let remedy =
            unfit.remedy().unwrap_or_else(|| "see the starter file that mock-idp init writes".to_owned());
        Self::at(file, text, offset, unfit.problem, remedy)
    }
}

/// What a parser cannot see: duplicates, callbacks that can never be redirected to, subscriptions to nobody. Where
/// an app may be missing because it could not be read, nobody is blamed for naming it.
fn check(name: &str, text: &str, file: &File, all_apps: bool) -> Vec<ConfigError> {
    let mut errors = Vec::new();
    let mut refuse = |span: std::ops::Range<usize>, problem: String, remedy: &str| {
        errors.push(ConfigError::at(name, text, span.start, problem, remedy));
    };
    for (index, app) in file.app.iter().enumerate() {
        let (span, app) = (app.span(), app.get_ref());
        if let Some(flaw) = app.flaw() {
            refuse(span, flaw.problem, &flaw.expected);
        } else if file.app[..index].iter().any(|other| other.get_ref().api_key == app.api_key) {
            refuse(span, format!("api_key {} stands twice", app.api_key), "give each app its own");
        }
    }
    for (index, user) in file.user.iter().enumerate() {
        let (span, user) = (user.span(), user.get_ref());
        let twin = |other: &Spanned<User>| other.get_ref().is_called(user.username.as_str());
        if file.user[..index].iter().any(twin) {
            refuse(span, format!("user {} stands twice", user.username), "give each user their own name");
        }
    }
    let is_app = |key: &ApiKey| !all_apps || file.app.iter().any(|app| app.get_ref().api_key == *key);
    for (index, subscription) in file.subscription.iter().enumerate() {
        let (span, subscription) = (subscription.span(), subscription.get_ref());
        let same = |other: &Spanned<Subscription>| {
            other.get_ref().id == subscription.id && other.get_ref().app == subscription.app
        };
        if file.subscription[..index].iter().any(same) {
            let problem =
                format!("subscription {} to app {} stands twice", subscription.id, subscription.app);
            refuse(span, problem, "leave one out");
        } else if !is_app(&subscription.app) {
            let problem = format!("subscription {} names no app: {}", subscription.id, subscription.app);
            refuse(span, problem, "expected the api_key of an app in this file");
        }
    }
    for (index, resource) in file.resource.iter().enumerate() {
        let (span, resource) = (resource.span(), resource.get_ref());
        if let Some(twin) = file.resource[..index].iter().find(|other| other.get_ref().collides(resource)) {
            let problem = format!("resource {} answers what {} answers", resource.path, twin.get_ref().path);
            refuse(span, problem, "give each its own path or methods");
        } else if let Some(app) = resource.apps.iter().find(|key| !is_app(key)) {
            let problem = format!("resource {} is open to no app of this file: {app}", resource.path);
            refuse(span, problem, "expected the api_key of an app in this file");
        }
    }
    errors
}

#[cfg(test)]
mod tests {
    use super::*;

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
            "mock.toml:4:10: a scope has a character outside %x21 / %x23-5B / %x5D-7E; see the starter file that \
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
            "mock.toml:4:1: api_key k stands twice; give each app its own"
        );
        assert_eq!(
            error(&format!("{app}callbacks = [\"http://app.test/cb\"]\n")),
            "mock.toml:1:1: callback http://app.test/cb of app \"A\" cannot be used: http is for this machine only; use \
             https; expected for example http://localhost:8080/ or https://app.example.com/cb"
        );
        let user = "[[user]]\nusername = \"a@example.com\"\npassword = \"x\"\n";
        assert!(
            error(&format!("{user}{user}")).starts_with("mock.toml:4:1: user a@example.com stands twice")
        );
        assert!(
            error("[[subscription]]\nid = \"1\"\napp = \"k\"\norganization = { id = \"2\", name = \"N\" }\n")
                .starts_with("mock.toml:1:1: subscription 1 names no app: k")
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
            "mock.toml:3:1: resource /a/{name} answers what /a/{id} answers; give each its own path or methods"
        );
        assert_eq!(
            error("[[resource]]\npath = \"/a\"\napps = [\"k\"]\n"),
            "mock.toml:1:1: resource /a is open to no app of this file: k; expected the api_key of an app in this file"
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
    fn all_slips_of_a_file_are_told_at_once_in_their_order() {
        let text = "[isuer]\n[[app]]\nname = \"A\"\napi_key = \"a\"\ncallback = []\n[[app]]\nname = \"B\"\n\
                    [[app]]\nname = \"C\"\napi_key = \"\"\n[user]\n[[subscription]]\nid = \"1\"\napp = \"a\"\n\
                    organization = { id = \"2\", name = \"N\" }\nstatus = \"activ\"\n";
        let checked = Checked::read("mock.toml", text);
        let told: Vec<String> = checked.config.unwrap_err().iter().map(ToString::to_string).collect();
        assert_eq!(
            told,
            [
                "mock.toml:1:2: unknown field `isuer`; did you mean `issuer`?",
                "mock.toml:5:1: unknown field `callback`; did you mean `callbacks`?",
                "mock.toml:6:1: missing field `api_key`; see the starter file that mock-idp init writes",
                "mock.toml:8:1: app \"C\" has an empty api_key; give it 32 letters and digits",
                "mock.toml:11:1: user is one of several; expected [[user]] in double brackets",
                "mock.toml:16:10: unknown variant `activ`; did you mean `active`?",
            ],
            "and nothing is said of a subscription to an app that could not be read"
        );
    }

    #[test]
    fn broken_syntax_is_told_with_line_and_column() {
        let checked = Checked::read("mock.toml", "[[app]]\nname = \"A\napi_key = k\n");
        let told: Vec<String> = checked.config.unwrap_err().iter().map(ConfigError::place).collect();
        assert_eq!(told, ["mock.toml:2:10", "mock.toml:3:11"]);
        assert_eq!(error("a = \"é\" x"), "mock.toml:1:9: unexpected key or value; expected newline, `#`");
    }

    #[test]
    fn a_smell_is_told_where_it_stands_and_stops_nothing() {
        let text = "[[app]]\nname = \"A\"\napi_key = \"a\"\n\n[[user]]\nusername = \"sam\"\npassword = \"x\"\n\
                    claims = { name = \"Sam\" }\n";
        let checked = Checked::read("mock.toml", text);
        assert_eq!(checked.config.unwrap().directory.users.len(), 1);
        let told: Vec<String> = checked.warnings.iter().map(ConfigError::place).collect();
        assert_eq!(told, ["mock.toml:1:1", "mock.toml:5:1"]);
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
    fn a_lifetime_that_is_set_counts_in_either_dialect() {
        let config = Config::from_toml("x", "[issuer]\naccess_token_lifetime_seconds = 5\n").unwrap();
        assert_eq!(config.lifetimes.fortellis_user_token, Lifetime::from_seconds(5));
    }
}
