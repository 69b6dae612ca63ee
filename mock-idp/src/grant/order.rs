//! Tokens to order, without a flow: for any app, user, scope, claims and lifetime.

use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::{
    Issuance, Minting,
    mint::{Draft, SignInFacts},
};
use crate::{
    directory::{App, Directory, User},
    entropy::Entropy,
    protocol::{
        claims::Person,
        grant_type::GrantType,
        lifetimes::Lifetimes,
        scope::{ANONYMOUS, MalformedScope, OPENID, Scope},
        text::{ApiKey, KeyId, Username},
        timestamp::{Lifetime, Timestamp},
    },
};

/// Which tokens are wanted. Everything is optional: an empty order gives the first app tokens of the first user for
/// `openid`, as a sign-in would.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use mock_idp::{MockIdp, TokenOrder};
///
/// let idp = MockIdp::start().await?;
/// let order = TokenOrder::new().user("dealer@example.com").scope("openid email")?.claim("role", "buyer");
/// let tokens = idp.default_issuer().mint(&order)?;
/// assert!(tokens.id_token.is_some());
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(description = "Which tokens are wanted. Everything is optional.")]
pub struct TokenOrder {
    /// The app's API Key. By default, the API Key of the first app.
    #[serde(default)]
    app: Option<ApiKey>,
    /// The user's name, or `null` for an app that acts for itself. By default, the first user.
    #[serde(default)]
    #[schema(value_type = Option<Username>)]
    user: Who,
    /// Scopes, separated by spaces. By default, `openid`, or `anonymous` if there is no user. An ID token is issued for
    /// `openid`.
    #[serde(default, deserialize_with = "scope_of_text")]
    #[schema(value_type = Option<String>, example = "openid profile")]
    scope: Option<Scope>,
    /// Claims to set in both tokens. `null` leaves a claim out.
    #[serde(default)]
    #[schema(value_type = Object)]
    claims: Map<String, Value>,
    /// How long the tokens live. With zero or less, they expired that long ago. By default, as long as in the app's
    /// dialect.
    #[serde(default)]
    #[schema(minimum = -4_294_967_295_i64, maximum = 4_294_967_295_i64)]
    lifetime_seconds: Option<i64>,
    /// The `kid` of the key that signs: any key of `/_mock/keys`, published or not. By default, the key that signs now.
    #[serde(default)]
    key: Option<KeyId>,
}

/// The user of the tokens. As JSON: a user name, or `null` for nobody.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(from = "Option<Username>")]
enum Who {
    /// The first user, unless the app can only act for itself.
    #[default]
    Usual,
    /// Nobody: the app acts for itself.
    Nobody,
    /// This user.
    User(Username),
}

impl From<Option<Username>> for Who {
    fn from(name: Option<Username>) -> Self {
        name.map_or(Self::Nobody, Self::User)
    }
}

/// Reads a scope as requests write it: tokens separated by spaces.
fn scope_of_text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Scope>, D::Error> {
    let text = Option::<String>::deserialize(deserializer)?;
    text.map(|text| text.parse().map_err(serde::de::Error::custom)).transpose()
}

/// Why tokens cannot be issued to an order.
///
/// ```
/// use mock_idp::{MockIdp, OrderError, TokenOrder};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let idp = MockIdp::start().await?;
/// let error = idp.default_issuer().mint(&TokenOrder::new().user("daeler@example.com")).unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     r#"no user is called "daeler@example.com"; did you mean dealer@example.com?"#
/// );
/// let (username, near) = ("daeler@example.com".to_owned(), Some("dealer@example.com".to_owned()));
/// assert_eq!(error, OrderError::UnknownUser { username, near });
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OrderError {
    /// There is no app.
    #[error("there is no app to make a token for")]
    NoApp,
    /// No app has this API Key.
    #[error("no app has the API Key {api_key:?}{}", meant(near.as_deref()))]
    UnknownApp {
        /// The value in the order.
        api_key: String,
        /// The nearest value that exists.
        near: Option<String>,
    },
    /// No user has this name.
    #[error("no user is called {username:?}{}", meant(near.as_deref()))]
    UnknownUser {
        /// The value in the order.
        username: String,
        /// The nearest value that exists.
        near: Option<String>,
    },
    /// The issuer holds no such key.
    #[error("no key is called {kid:?}{}", meant(near.as_deref()))]
    UnknownKey {
        /// The value in the order.
        kid: String,
        /// The nearest value that exists.
        near: Option<String>,
    },
    /// The lifetime is too long.
    #[error("a lifetime of {seconds} s is too long; expected at most {} s, either way", u32::MAX)]
    Lifetime {
        /// The value in the order.
        seconds: i64,
    },
}

fn meant(near: Option<&str>) -> String {
    near.map(|near| format!("; did you mean {near}?")).unwrap_or_default()
}

/// Who issues the tokens, when, and how long tokens usually live.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Terms<'a> {
    /// `iss`.
    pub issuer: &'a str,
    /// How long things live.
    pub lifetimes: &'a Lifetimes,
    /// The moment of the order.
    pub now: Timestamp,
}

impl TokenOrder {
    /// The empty order: everything by default.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// For the app with this API Key.
    #[must_use]
    pub fn app(self, api_key: impl Into<String>) -> Self {
        Self { app: Some(ApiKey::new(api_key)), ..self }
    }

    /// For this user.
    #[must_use]
    pub fn user(self, username: impl Into<String>) -> Self {
        Self { user: Who::User(Username::new(username)), ..self }
    }

    /// For no user: an access token as client credentials give it, and no ID token.
    #[must_use]
    pub fn no_user(self) -> Self {
        Self { user: Who::Nobody, ..self }
    }

    /// For these scopes, separated by spaces, even if the app is not registered for them. An ID token is issued for
    /// `openid`.
    pub fn scope(self, scope: &str) -> Result<Self, MalformedScope> {
        Ok(Self { scope: Some(scope.parse()?), ..self })
    }

    /// Sets a claim in both tokens. `null` leaves the claim out, even a claim that every token has.
    #[must_use]
    pub fn claim(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.claims.insert(name.into(), value.into());
        self
    }

    /// Sets how many seconds the tokens live. With zero or less, they expired that long ago, after their usual lifetime.
    ///
    /// ```
    /// use mock_idp::{MockIdp, TokenOrder};
    /// use serde_json::Value;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let idp = MockIdp::start().await?;
    /// let order = TokenOrder::new().app("BackendAppKey0000000000000000001").no_user().lifetime_seconds(-60);
    /// let token = idp.default_issuer().mint(&order)?.access_token.unwrap();
    /// let call = reqwest::Client::new().get(format!("{}/api/default/orders", idp.url()));
    /// let error: Value = call.bearer_auth(token).send().await?.json().await?;
    /// assert_eq!(error["code"], "TOKEN-EXPIRED"); // does your program ask for a new token?
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn lifetime_seconds(self, seconds: i64) -> Self {
        Self { lifetime_seconds: Some(seconds), ..self }
    }

    /// Signs with a key of the issuer's ring that does not sign now: an earlier key, or one that will sign later.
    ///
    /// ```
    /// use mock_idp::{MockIdp, Rotation, TokenOrder};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let idp = MockIdp::start().await?;
    /// let issuer = idp.issuer("keys");
    /// let before = issuer.keys().signing().kid().clone();
    /// issuer.keys().turn(&Rotation::without_overlap())?;
    /// let token = issuer.mint(&TokenOrder::new().key(before.as_str()))?.access_token.unwrap();
    /// let call = reqwest::Client::new().get(format!("{}/api/keys/orders", idp.url()));
    /// assert_eq!(call.bearer_auth(token).send().await?.status(), 401); // does your API look for the key in the key set?
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn key(self, kid: impl Into<String>) -> Self {
        Self { key: Some(KeyId::new(kid)), ..self }
    }

    /// The key that signs, if the order names one.
    pub(crate) const fn chosen_key(&self) -> Option<&KeyId> {
        self.key.as_ref()
    }

    /// The drafts of the tokens, in the dialect of the app.
    pub(crate) fn draft(
        &self,
        directory: &Directory,
        entropy: &mut Entropy,
        terms: Terms<'_>,
    ) -> Result<Issuance, OrderError> {
        let app = self.chosen_app(directory)?;
        let person = self.chosen_user(directory, app)?.map(User::person);
        let scope = self.scope.clone().unwrap_or_else(|| usual_scope(app, person.as_ref()));
        let span = Span::of(self.lifetime_seconds, app, person.as_ref(), terms)?;
        let minting = Minting { issuer: terms.issuer, app, lifetimes: &span.lifetimes, now: span.issued_at };
        let token_id = entropy.access_token_id(None);
        let access = self.overridden(minting.access(&token_id, &scope, person.as_ref()));
        let id = person.as_ref().filter(|_| scope.contains(OPENID)).map(|person| {
            let facts = SignInFacts { nonce: None, auth_time: span.issued_at, inline: None };
            self.overridden(minting.id(entropy, person, facts))
        });
        Ok(Issuance {
            api_key: app.api_key.clone(),
            person,
            access: Some(access),
            scope,
            expires_in: span.expires_in,
            refresh_token: None,
            id,
            at_hash: app.dialect.has_at_hash() && !self.claims.contains_key("at_hash"),
        })
    }

    fn chosen_app<'a>(&self, directory: &'a Directory) -> Result<&'a App, OrderError> {
        let Some(api_key) = &self.app else { return directory.apps.first().ok_or(OrderError::NoApp) };
        directory.app(api_key).ok_or_else(|| {
            let near = directory.nearest_api_key(api_key.as_str());
            OrderError::UnknownApp { api_key: api_key.to_string(), near: near.map(str::to_owned) }
        })
    }

    fn chosen_user<'a>(&self, directory: &'a Directory, app: &App) -> Result<Option<&'a User>, OrderError> {
        let name = match &self.user {
            Who::Nobody => return Ok(None),
            Who::Usual => {
                let signs_in = app.may(GrantType::AuthorizationCode) || app.may(GrantType::Implicit);
                return Ok(directory.users.first().filter(|_| signs_in));
            }
            Who::User(name) => name.as_str(),
        };
        directory.user_called(name).map(Some).ok_or_else(|| {
            let near = directory.nearest_username(name);
            OrderError::UnknownUser { username: name.to_owned(), near: near.map(str::to_owned) }
        })
    }

    fn overridden(&self, draft: Draft) -> Draft {
        let mut claims = draft.claims;
        for (name, value) in &self.claims {
            match value {
                Value::Null => claims.remove(name),
                value => claims.set(name, value.clone()),
            }
        }
        Draft { claims, ..draft }
    }
}

/// What a sign-in, or an app for itself, would ask for.
fn usual_scope(app: &App, person: Option<&Person>) -> Scope {
    let usual = if person.is_some() { OPENID } else { ANONYMOUS };
    Some(usual).filter(|usual| app.scopes.contains(usual)).into_iter().collect()
}

/// When the tokens are issued, how long they live, and which lifetime the answer says.
struct Span {
    issued_at: Timestamp,
    lifetimes: Lifetimes,
    expires_in: Lifetime,
}

impl Span {
    fn of(
        wanted: Option<i64>,
        app: &App,
        person: Option<&Person>,
        terms: Terms<'_>,
    ) -> Result<Self, OrderError> {
        let Terms { lifetimes, now, .. } = terms;
        let Some(seconds) = wanted else {
            return Ok(Self { issued_at: now, lifetimes: *lifetimes, expires_in: lifetimes.access_token });
        };
        let span = u32::try_from(seconds.unsigned_abs()).map_err(|_| OrderError::Lifetime { seconds })?;
        let span = Lifetime::from_seconds(span);
        if seconds > 0 {
            let lifetimes = Lifetimes { access_token: span, fortellis_user_token: span, ..*lifetimes };
            return Ok(Self { issued_at: now, lifetimes, expires_in: span });
        }
        let minting = Minting { issuer: terms.issuer, app, lifetimes, now };
        let usual = minting.lifetime(person);
        let issued_at = now.minus(span).minus(usual);
        Ok(Self { issued_at, lifetimes: *lifetimes, expires_in: Lifetime::from_seconds(0) })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::protocol::{claims::Claims, jwt::TokenType};

    const NOW: i64 = 1_767_323_045;

    fn directory() -> Directory {
        toml::from_str::<Map<String, Value>>(fixtures::DEMO_TOML)
            .map(|mut demo| Directory {
                apps: serde_json::from_value(demo["app"].take()).unwrap(),
                users: serde_json::from_value(demo["user"].take()).unwrap(),
                ..Directory::default()
            })
            .unwrap()
    }

    fn filled(order: &TokenOrder) -> Result<Issuance, OrderError> {
        let terms = Terms {
            issuer: "http://localhost:9100/oauth2/default",
            lifetimes: &Lifetimes::default(),
            now: Timestamp::from_unix_seconds(NOW).unwrap(),
        };
        order.draft(&directory(), &mut Entropy::from_seed(1, "order"), terms)
    }

    fn access(order: &TokenOrder) -> Claims {
        filled(order).unwrap().access.unwrap().claims
    }

    fn names(claims: &Claims) -> Vec<&str> {
        claims.iter().map(|(name, _)| name.as_str()).collect()
    }

    #[test]
    fn an_empty_order_gives_what_the_tutorials_sign_in_gives() {
        let issuance = filled(&TokenOrder::new()).unwrap();
        let (access, id) = (issuance.access.unwrap(), issuance.id.unwrap());
        assert_eq!(names(&access.claims), ["cid", "jti", "scp", "sub", "uid", "iat", "exp", "aud", "iss"]);
        assert_eq!(access.claims.text("sub"), Some(fixtures::subscriber::USERNAME));
        assert_eq!(access.claims.get("exp"), Some(&json!(NOW + 14_400)));
        assert_eq!(id.claims.text("sub"), Some(fixtures::subscriber::UID));
        assert_eq!(issuance.expires_in, Lifetime::from_seconds(3600), "as the token endpoint says");
    }

    #[test]
    fn the_tokens_are_in_the_dialect_of_the_app() {
        let issuance = filled(&TokenOrder::new().app(fixtures::oidc_app::API_KEY)).unwrap();
        assert_eq!(issuance.access.unwrap().token_type, TokenType::AccessToken);
        assert_eq!(issuance.id.unwrap().claims.text("aud"), Some(fixtures::oidc_app::API_KEY));
        assert!(issuance.at_hash);
    }

    #[test]
    fn an_app_that_acts_for_itself_gets_the_token_of_client_credentials() {
        for order in [TokenOrder::new().no_user(), TokenOrder::new().app(fixtures::backend_app::API_KEY)] {
            let issuance = filled(&order).unwrap();
            assert_eq!((issuance.scope.to_string().as_str(), issuance.id), ("anonymous", None));
            let claims = issuance.access.unwrap().claims;
            assert_eq!((claims.get("uid"), claims.get("sub")), (None, claims.get("cid")));
            assert_eq!(claims.get("exp"), Some(&json!(NOW + 3600)));
        }
    }

    #[test]
    fn a_claim_is_replaced_in_its_place_added_at_the_end_or_left_out() {
        let order =
            TokenOrder::new().claim("aud", "elsewhere").claim("role", "buyer").claim("uid", Value::Null);
        let claims = access(&order);
        assert_eq!(names(&claims), ["cid", "jti", "scp", "sub", "iat", "exp", "aud", "iss", "role"]);
        assert_eq!((claims.text("aud"), claims.text("role")), (Some("elsewhere"), Some("buyer")));
        let id = filled(&order).unwrap().id.unwrap().claims;
        assert_eq!((id.text("aud"), id.text("role")), (Some("elsewhere"), Some("buyer")), "both tokens");
    }

    #[test]
    fn an_ordered_hash_is_not_computed() {
        let order = TokenOrder::new().app(fixtures::oidc_app::API_KEY);
        assert!(!filled(&order.clone().claim("at_hash", "x")).unwrap().at_hash);
        assert!(!filled(&order.claim("at_hash", Value::Null)).unwrap().at_hash);
    }

    #[test]
    fn a_lifetime_begins_now_and_a_negative_lifetime_is_over() {
        let claims = access(&TokenOrder::new().lifetime_seconds(60));
        assert_eq!((claims.get("iat"), claims.get("exp")), (Some(&json!(NOW)), Some(&json!(NOW + 60))));
        let expired = filled(&TokenOrder::new().lifetime_seconds(-60)).unwrap();
        let claims = expired.access.unwrap().claims;
        assert_eq!(claims.get("exp"), Some(&json!(NOW - 60)));
        assert_eq!(claims.get("iat"), Some(&json!(NOW - 60 - 14_400)), "it was valid for its usual lifetime");
        assert_eq!(expired.expires_in, Lifetime::from_seconds(0));
        let claims = access(&TokenOrder::new().lifetime_seconds(0));
        assert_eq!(claims.get("exp"), Some(&json!(NOW)), "no longer live at its expiry");
    }

    #[test]
    fn an_order_that_cannot_be_filled_says_what_was_probably_meant() {
        let error = |order: TokenOrder| filled(&order).unwrap_err().to_string();
        assert_eq!(
            error(TokenOrder::new().app("TutorialAppKey000000000000000002")),
            "no app has the API Key \"TutorialAppKey000000000000000002\"; did you mean \
             TutorialAppKey000000000000000001?"
        );
        assert_eq!(
            error(TokenOrder::new().user("dealr@example.com")),
            "no user is called \"dealr@example.com\"; did you mean dealer@example.com?"
        );
        assert_eq!(
            error(TokenOrder::new().lifetime_seconds(-5_000_000_000)),
            "a lifetime of -5000000000 s is too long; expected at most 4294967295 s, either way"
        );
        assert!(TokenOrder::new().scope("openid \"").is_err());
    }

    #[test]
    fn json_can_say_no_user_or_leave_the_user_open() {
        let order = |json: Value| serde_json::from_value::<TokenOrder>(json).unwrap();
        assert_eq!(order(json!({})), TokenOrder::new());
        assert_eq!(order(json!({ "user": null })), TokenOrder::new().no_user());
        assert_eq!(
            order(json!({ "user": "Dealer@example.com", "scope": "openid email", "claims": { "a": null } })),
            TokenOrder::new()
                .user("Dealer@example.com")
                .scope("openid email")
                .unwrap()
                .claim("a", Value::Null)
        );
        let person = filled(&TokenOrder::new().user("Dealer@Example.com")).unwrap().person.unwrap();
        assert_eq!(person.username.as_str(), fixtures::dealer::USERNAME, "capitals do not matter");
    }
}
