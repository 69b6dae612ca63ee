//! What a configuration may say: the file's format, its checks, and the values a mock is started with.

use std::fmt;

use serde::{Deserialize, Serialize};
use toml::Spanned;

use crate::{
    directory::{App, Directory, Resource, Subscription, User},
    gateway::GatewayRules,
    protocol::{lifetimes::Lifetimes, near_miss::Unfit, timestamp::Lifetime},
};

/// How many issuers a mock remembers unless told otherwise.
pub const ISSUER_LIMIT: usize = 1000;

/// All that a mock is started with.
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
    /// Makes codes and identifiers the same in every run.
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
        Self::from_toml("demo.toml", fixtures::DEMO_TOML).expect("the demo data is a valid configuration")
    }

    /// Reads a configuration file. `name` is the name that errors give it.
    pub fn from_toml(name: &str, text: &str) -> Result<Self, ConfigError> {
        let file: File = toml::from_str(text).map_err(|error| ConfigError::of_toml(name, text, &error))?;
        check(name, text, &file)?;
        let strip = |apps: Vec<Spanned<App>>| apps.into_iter().map(Spanned::into_inner).collect();
        Ok(Self {
            directory: Directory {
                apps: strip(file.app),
                users: file.user.into_iter().map(Spanned::into_inner).collect(),
                subscriptions: file.subscription.into_iter().map(Spanned::into_inner).collect(),
                resources: file.resource.into_iter().map(Spanned::into_inner).collect(),
            },
            lifetimes: file.issuer.into(),
            gateway: file.gateway,
            issuer_url: None,
            back_channel_url: None,
            strict_issuers: false,
            issuer_limit: ISSUER_LIMIT,
            seed: None,
            mask: false,
        })
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    issuer: IssuerSection,
    #[serde(default)]
    app: Vec<Spanned<App>>,
    #[serde(default)]
    user: Vec<Spanned<User>>,
    #[serde(default)]
    subscription: Vec<Spanned<Subscription>>,
    #[serde(default)]
    gateway: GatewayRules,
    #[serde(default)]
    resource: Vec<Spanned<Resource>>,
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
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct ConfigError {
    file: String,
    line: usize,
    problem: String,
    remedy: String,
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}; {}", self.problem(), self.remedy)
    }
}

impl ConfigError {
    /// Where the problem is, and what: `mock.toml:4: unknown field ...`.
    pub fn problem(&self) -> String {
        format!("{}:{}: {}", self.file, self.line, self.problem)
    }

    /// What would be accepted.
    pub fn remedy(&self) -> &str {
        &self.remedy
    }

    fn at(file: &str, text: &str, offset: usize, problem: String, remedy: impl Into<String>) -> Self {
        let line = 1 + text.as_bytes().iter().take(offset).filter(|byte| **byte == b'\n').count();
        Self { file: file.to_owned(), line, problem, remedy: remedy.into() }
    }

    /// Takes the parser's words, and for an unknown key or value names the nearest valid one.
    fn of_toml(file: &str, text: &str, error: &toml::de::Error) -> Self {
        let offset = error.span().map_or(0, |span| span.start);
        let unfit = Unfit::of_message(error.message());
        let remedy = unfit.remedy().unwrap_or_else(|| "see the commented starter file".to_owned());
        Self::at(file, text, offset, unfit.problem, remedy)
    }
}

/// What a parser cannot see: duplicates, callbacks that can never be redirected to, subscriptions to nobody.
fn check(name: &str, text: &str, file: &File) -> Result<(), ConfigError> {
    let refuse = |span: std::ops::Range<usize>, problem: String, remedy: &str| {
        Err(ConfigError::at(name, text, span.start, problem, remedy))
    };
    for (index, app) in file.app.iter().enumerate() {
        let (span, app) = (app.span(), app.get_ref());
        if let Some(flaw) = app.flaw() {
            return refuse(span, flaw.problem, &flaw.expected);
        }
        if file.app[..index].iter().any(|other| other.get_ref().api_key == app.api_key) {
            return refuse(span, format!("api_key {} stands twice", app.api_key), "give each app its own");
        }
    }
    for (index, user) in file.user.iter().enumerate() {
        let (span, user) = (user.span(), user.get_ref());
        let twin = |other: &Spanned<User>| {
            other.get_ref().username.as_str().eq_ignore_ascii_case(user.username.as_str())
        };
        if file.user[..index].iter().any(twin) {
            return refuse(
                span,
                format!("user {} stands twice", user.username),
                "give each user their own name",
            );
        }
    }
    for (index, subscription) in file.subscription.iter().enumerate() {
        let (span, subscription) = (subscription.span(), subscription.get_ref());
        let same = |other: &Spanned<Subscription>| {
            other.get_ref().id == subscription.id && other.get_ref().app == subscription.app
        };
        if file.subscription[..index].iter().any(same) {
            let problem =
                format!("subscription {} to app {} stands twice", subscription.id, subscription.app);
            return refuse(span, problem, "leave one out");
        }
        if !file.app.iter().any(|app| app.get_ref().api_key == subscription.app) {
            let problem = format!("subscription {} names no app: {}", subscription.id, subscription.app);
            return refuse(span, problem, "expected the api_key of an app in this file");
        }
    }
    for (index, resource) in file.resource.iter().enumerate() {
        let (span, resource) = (resource.span(), resource.get_ref());
        if let Some(twin) = file.resource[..index].iter().find(|other| other.get_ref().collides(resource)) {
            let problem = format!("resource {} answers what {} answers", resource.path, twin.get_ref().path);
            return refuse(span, problem, "give each its own path or methods");
        }
        if let Some(app) =
            resource.apps.iter().find(|key| !file.app.iter().any(|app| app.get_ref().api_key == **key))
        {
            let problem = format!("resource {} is open to no app of this file: {app}", resource.path);
            return refuse(span, problem, "expected the api_key of an app in this file");
        }
    }
    Ok(())
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
            "mock.toml:4: unknown field `callback`; did you mean `callbacks`?"
        );
        assert_eq!(
            error("[issuer]\ncode_lifetime = 3\n").split(';').next().unwrap(),
            "mock.toml:2: unknown field `code_lifetime`"
        );
        assert_eq!(
            error("[[app]]\nname = \"A\"\napi_key = \"k\"\ngrants = [\"authorisation_code\"]\n"),
            "mock.toml:4: unknown variant `authorisation_code`; did you mean `authorization_code`?"
        );
    }

    #[test]
    fn a_wrong_type_is_refused_with_its_line() {
        let error = error("[issuer]\n\ncode_lifetime_seconds = \"a minute\"\n");
        assert!(error.starts_with("mock.toml:3: invalid type: string \"a minute\"; expected u32"), "{error}");
    }

    #[test]
    fn duplicates_and_impossible_callbacks_are_refused() {
        let app = "[[app]]\nname = \"A\"\napi_key = \"k\"\n";
        assert_eq!(
            error(&format!("{app}{app}")),
            "mock.toml:4: api_key k stands twice; give each app its own"
        );
        assert_eq!(
            error(&format!("{app}callbacks = [\"http://app.test/cb\"]\n")),
            "mock.toml:1: callback http://app.test/cb of app \"A\" cannot be used: http is for this machine only; use \
             https; expected for example http://localhost:8080/ or https://app.example.com/cb"
        );
        let user = "[[user]]\nusername = \"a@example.com\"\npassword = \"x\"\n";
        assert!(error(&format!("{user}{user}")).starts_with("mock.toml:4: user a@example.com stands twice"));
        assert!(
            error("[[subscription]]\nid = \"1\"\napp = \"k\"\norganization = { id = \"2\", name = \"N\" }\n")
                .starts_with("mock.toml:1: subscription 1 names no app: k")
        );
    }

    #[test]
    fn a_resource_that_cannot_answer_is_refused() {
        assert_eq!(
            error("[[resource]]\npath = \"deals\"\n"),
            "mock.toml:2: path deals does not begin with / and a name; expected for example /cdk/sales/v1/deals/{id}"
        );
        assert_eq!(
            error("[[resource]]\npath = \"/deals\"\nmethods = [\"get\"]\n"),
            "mock.toml:3: unknown variant `get`; did you mean `GET`?"
        );
        assert_eq!(
            error("[[resource]]\npath = \"/a/{id}\"\n[[resource]]\npath = \"/a/{name}\"\n"),
            "mock.toml:3: resource /a/{name} answers what /a/{id} answers; give each its own path or methods"
        );
        assert_eq!(
            error("[[resource]]\npath = \"/a\"\napps = [\"k\"]\n"),
            "mock.toml:1: resource /a is open to no app of this file: k; expected the api_key of an app in this file"
        );
        assert_eq!(
            error("[gateway]\nqouta_per_minute = 3\n"),
            "mock.toml:2: unknown field `qouta_per_minute`; did you mean `quota_per_minute`?"
        );
        assert_eq!(
            error("[gateway]\nbad_token_status = 500\n"),
            "mock.toml:2: a bad token is not answered with 500; expected 401 or 403"
        );
    }

    #[test]
    fn a_lifetime_that_is_set_counts_in_either_dialect() {
        let config = Config::from_toml("x", "[issuer]\naccess_token_lifetime_seconds = 5\n").unwrap();
        assert_eq!(config.lifetimes.fortellis_user_token, Lifetime::from_seconds(5));
    }
}
