//! Apps as Fortellis registers them (RFC 6749 §2).

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{DirectoryRule, Flaw, Part, PathStep, Place};
use crate::{
    dialect::Dialect,
    protocol::{
        grant_type::GrantType,
        metadata::SCOPES,
        redirect_uri::RegisteredUri,
        scope::Scope,
        text::{ApiKey, ApiSecret},
    },
};

/// A registered app. The same fields in TOML and JSON; all but name and key are optional.
///
/// ```
/// use mock_idp::{Config, GrantType};
///
/// let text = r#"
///     [[app]]
///     name = "Parts desk"
///     api_key = "PartsDeskKey00000000000000000001"
///     callbacks = ["https://parts.example.com/cb"]
///     dialect = "oidc"
/// "#;
/// let app = &Config::from_toml("mock.toml", text)?.directory.apps[0];
/// assert_eq!(app.api_secret, None); // public, so it must use PKCE
/// assert_eq!(app.scopes.to_string(), "openid profile email offline_access anonymous");
/// assert!(!app.grants.contains(&GrantType::Implicit)); // only for apps that name it
/// # Ok::<(), mock_idp::ConfigError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct App {
    /// The name that people see.
    pub name: String,
    /// API Key: the `client_id`.
    pub api_key: ApiKey,
    /// API Secret: the `client_secret`. An app without one is public and must use PKCE.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub api_secret: Option<ApiSecret>,
    /// The app's website.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub website: String,
    /// Callback URLs: the redirect URIs.
    #[serde(default)]
    pub callbacks: Vec<RegisteredUri>,
    /// Where the user may be sent after a sign-out.
    #[serde(default)]
    pub post_logout_callbacks: Vec<RegisteredUri>,
    /// The wording of answers to the app.
    #[serde(default = "default_dialect")]
    pub dialect: Dialect,
    /// The grants that it may use.
    #[serde(default = "default_grants")]
    pub grants: Vec<GrantType>,
    /// The scopes that it may request.
    #[serde(default = "default_scopes")]
    pub scopes: Scope,
    /// Whether each refresh returns a new refresh token and invalidates the old one.
    #[serde(default)]
    pub rotate_refresh_tokens: bool,
    /// Rules that are relaxed for this app, by name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lenient: Vec<Leniency>,
}

const fn default_dialect() -> Dialect {
    Dialect::Fortellis
}

fn default_grants() -> Vec<GrantType> {
    vec![GrantType::AuthorizationCode, GrantType::RefreshToken, GrantType::ClientCredentials]
}

fn default_scopes() -> Scope {
    SCOPES.into_iter().collect()
}

/// A rule that can be relaxed for an app.
///
/// ```
/// use fixtures::backend_app::{API_KEY, API_SECRET};
/// use mock_idp::{Config, Leniency, MockIdp};
/// use serde_json::json;
/// use tokio::net::TcpListener;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let mut config = Config::demo();
/// config.directory.apps[2].lenient = vec![Leniency::JsonTokenRequest];
/// let idp = MockIdp::start_on(TcpListener::bind("127.0.0.1:0").await?, config)?;
/// let issuer = idp.default_issuer();
///
/// let token = reqwest::Client::new().post(format!("{}/v1/token", issuer.url()));
/// let request = json!({ "grant_type": "client_credentials", "scope": "anonymous" });
/// let answer = token.basic_auth(API_KEY, Some(API_SECRET)).json(&request).send().await?;
/// assert_eq!(answer.status(), 200);
/// // The journal names the rule that the real service would have enforced.
/// assert_eq!(issuer.journal().entries()[0].lenient, [Leniency::JsonTokenRequest.as_str()]);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Leniency {
    /// The token endpoint accepts JSON bodies, which three of Fortellis' old samples send.
    JsonTokenRequest,
    /// `state` may be left out in dialect `fortellis`.
    MissingState,
    /// `code_challenge_method=plain` is accepted.
    PlainPkce,
    /// http callbacks on other machines may be registered.
    HttpCallback,
}

impl Leniency {
    /// The rule's name in a configuration.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::JsonTokenRequest => "json_token_request",
            Self::MissingState => "missing_state",
            Self::PlainPkce => "plain_pkce",
            Self::HttpCallback => "http_callback",
        }
    }
}

impl App {
    /// Whether a rule is relaxed for this app.
    pub(crate) fn is_lenient(&self, rule: Leniency) -> bool {
        self.lenient.contains(&rule)
    }

    /// Adds the flaws of the app itself. `part` is its place in the directory.
    pub(super) fn check(&self, part: Part, flaws: &mut Vec<Flaw>) {
        if self.api_key.as_str().is_empty() {
            let place = Place::new(part, [PathStep::Key("api_key")]);
            let problem = format!("app \"{}\" has an empty api_key", self.name);
            flaws.push(Flaw::new(
                place,
                DirectoryRule::ApiKeyGiven,
                problem,
                "give it 32 letters and digits",
            ));
        }
        let allow_http = self.is_lenient(Leniency::HttpCallback);
        for (list, callbacks) in
            [("callbacks", &self.callbacks), ("post_logout_callbacks", &self.post_logout_callbacks)]
        {
            for (index, callback) in callbacks.iter().enumerate() {
                let Some(why) = callback.impossible(allow_http) else { continue };
                let mut steps = vec![PathStep::Key(list), PathStep::Index(index)];
                // Any other callback is written as a string.
                if callback.any_port {
                    steps.push(PathStep::Key("url"));
                }
                let problem =
                    format!("callback {} of app \"{}\" cannot be used: {why}", callback.url, self.name);
                let expected = "expected for example http://localhost:8080/ or https://app.example.com/cb";
                flaws.push(Flaw::new(
                    Place::new(part, steps),
                    DirectoryRule::CallbackUsable,
                    problem,
                    expected,
                ));
            }
        }
    }

    /// Whether the app may use a grant.
    pub(crate) fn may(&self, grant: GrantType) -> bool {
        self.grants.contains(&grant)
    }

    /// Whether the app has no secret (RFC 6749 §2.1).
    pub(crate) const fn is_public(&self) -> bool {
        self.api_secret.is_none()
    }

    /// Whether a refresh returns a new refresh token (RFC 9700 §4.14.2).
    pub(crate) fn rotates(&self) -> bool {
        self.rotate_refresh_tokens || (self.is_public() && self.dialect == Dialect::Oidc)
    }

    /// Whether one of the callbacks has this origin, `http://localhost:8080`.
    pub(crate) fn has_origin(&self, origin: &str) -> bool {
        self.callbacks.iter().any(|callback| {
            let Ok(mut url) = url::Url::parse(&callback.url) else { return false };
            let Ok(origin) = url::Url::parse(origin) else { return false };
            if callback.any_port {
                // A URL whose port cannot be set has no origin to compare.
                let _ = url.set_port(origin.port());
            }
            url.origin().is_tuple() && url.origin() == origin.origin()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn app(callbacks: Vec<RegisteredUri>) -> App {
        App { callbacks, ..serde_json::from_str(r#"{"name":"An app","api_key":"key"}"#).unwrap() }
    }

    #[test]
    fn all_but_name_and_key_have_defaults() {
        let app = app(vec![]);
        assert!(app.is_public() && !app.rotates() && app.may(GrantType::AuthorizationCode));
        assert!(!app.may(GrantType::Implicit));
        assert_eq!(app.scopes.to_string(), "openid profile email offline_access anonymous");
    }

    /// Where an app has flaws, which rules it breaks, and the texts.
    fn flaws(app: &App) -> Vec<(String, DirectoryRule, String)> {
        let mut flaws = Vec::new();
        app.check(Part::App(3), &mut flaws);
        flaws.into_iter().map(|flaw| (flaw.place.to_string(), flaw.rule, flaw.problem)).collect()
    }

    #[test]
    fn an_app_has_an_api_key() {
        let app = App { api_key: ApiKey::new(""), ..app(vec![]) };
        let problem = "app \"An app\" has an empty api_key".to_owned();
        assert_eq!(flaws(&app), [("apps[3].api_key".to_owned(), DirectoryRule::ApiKeyGiven, problem)]);
    }

    #[test]
    fn every_callback_that_cannot_be_used_is_reported() {
        let mut app = app(vec![
            RegisteredUri::new("http://app.test/cb"),
            RegisteredUri::new("https://app.test/cb"),
            RegisteredUri { url: "https://app.test/".into(), any_port: true },
        ]);
        app.post_logout_callbacks = vec![RegisteredUri::new("/cb")];
        let reported = |place: &str, url: &str, why: &str| {
            let problem = format!("callback {url} of app \"An app\" cannot be used: {why}");
            (place.to_owned(), DirectoryRule::CallbackUsable, problem)
        };
        let http = reported(
            "apps[3].callbacks[0]",
            "http://app.test/cb",
            "http is for this machine only; use https",
        );
        let others = [
            reported(
                "apps[3].callbacks[2].url",
                "https://app.test/",
                "any_port is for loopback addresses only",
            ),
            reported("apps[3].post_logout_callbacks[0]", "/cb", "it is not an absolute URL"),
        ];
        assert_eq!(flaws(&app), [vec![http], others.to_vec()].concat());
        app.lenient = vec![Leniency::HttpCallback];
        assert_eq!(flaws(&app), others);
    }

    #[test]
    fn an_origin_is_that_of_a_callback() {
        let app = app(vec![
            RegisteredUri::new("http://localhost:80"),
            RegisteredUri { url: "http://127.0.0.1/cb".into(), any_port: true },
        ]);
        assert!(app.has_origin("http://localhost") && app.has_origin("http://127.0.0.1:4711"));
        assert!(!app.has_origin("http://localhost:8080") && !app.has_origin("null"));
    }

    #[test]
    fn public_oidc_apps_always_rotate() {
        let mut app = app(vec![]);
        app.dialect = Dialect::Oidc;
        assert!(app.rotates());
        app.api_secret = Some(ApiSecret::new("x"));
        assert!(!app.rotates());
    }
}
