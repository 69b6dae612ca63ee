//! Identifiers and secrets as types, so that two strings cannot be swapped and a secret cannot be printed.

use std::fmt;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

macro_rules! identifier {
    ($(#[$doc:meta])* $visible:vis $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
        #[serde(transparent)]
        $visible struct $name(String);

        impl $name {
            /// Wraps the text unchanged.
            $visible fn new(text: impl Into<String>) -> Self {
                Self(text.into())
            }

            /// The text itself.
            $visible fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({})", stringify!($name), self.0)
            }
        }
    };
}

macro_rules! secret {
    ($(#[$doc:meta])* $visible:vis $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
        #[serde(transparent)]
        $visible struct $name(String);

        impl $name {
            /// Wraps the text unchanged.
            $visible fn new(text: impl Into<String>) -> Self {
                Self(text.into())
            }

            /// The secret itself. It must never be logged.
            $visible fn expose(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}([redacted])", stringify!($name))
            }
        }
    };
}

identifier! {
    /// An app's API Key: the OAuth `client_id`, 32 letters and digits.
    ///
    /// ```
    /// use mock_idp::{ApiKey, Config};
    ///
    /// let key = ApiKey::new(fixtures::backend_app::API_KEY);
    /// let apps = Config::demo().directory.apps;
    /// let app = apps.iter().find(|app| app.api_key == key).unwrap();
    /// assert_eq!(app.name, "Backend app");
    /// assert_eq!(app.api_key.as_str().len(), 32);
    /// ```
    pub ApiKey
}
identifier! {
    /// What a user types to sign in: an e-mail address. The access token's `sub`.
    ///
    /// ```
    /// use mock_idp::{MockIdp, TokenOrder, Unverified, Username};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let idp = MockIdp::start().await?;
    /// // The name is typed with capitals. The token contains it as it is registered.
    /// let tokens = idp.default_issuer().mint(&TokenOrder::new().user("Dealer@Example.com"))?;
    /// let claims = Unverified::parse(&tokens.access_token.unwrap()).unwrap().claims;
    /// assert_eq!(claims.text("sub"), Some(Username::new("dealer@example.com").as_str()));
    /// # Ok(())
    /// # }
    /// ```
    pub Username
}
identifier! {
    /// Okta's user id, `00u` and 17 letters and digits: the ID token's `sub`, the access token's `uid`.
    ///
    /// ```
    /// use mock_idp::{MockIdp, TokenOrder, Unverified, UserId};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let idp = MockIdp::start().await?;
    /// let tokens = idp.default_issuer().mint(&TokenOrder::new().user("dealer@example.com"))?;
    /// let access = Unverified::parse(&tokens.access_token.unwrap()).unwrap().claims;
    /// let id = Unverified::parse(&tokens.id_token.unwrap()).unwrap().claims;
    /// let uid = UserId::new(fixtures::dealer::UID);
    /// assert_eq!((access.text("uid"), id.text("sub")), (Some(uid.as_str()), Some(uid.as_str())));
    /// # Ok(())
    /// # }
    /// ```
    pub UserId
}
identifier! {
    /// A token's `jti`: `AT.` or `ID.` and 43 URL-safe characters.
    pub(crate) TokenId
}
identifier! {
    /// A signing key's `kid`, a UUID.
    ///
    /// ```
    /// use mock_idp::{KeyId, MockIdp};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let (one, other) = (MockIdp::start().await?, MockIdp::start().await?);
    /// let first = |idp: &MockIdp, issuer: &str| idp.issuer(issuer).keys().signing().kid().clone();
    /// // The id of an issuer's first key is the same in every run, and different in every issuer.
    /// assert_eq!(first(&one, "mine").as_str(), "577f88c2-61e6-5da1-8351-6fe3a00ad521");
    /// assert_eq!(first(&other, "mine"), KeyId::new("577f88c2-61e6-5da1-8351-6fe3a00ad521"));
    /// assert_ne!(first(&one, "yours"), first(&one, "mine"));
    /// # Ok(())
    /// # }
    /// ```
    pub KeyId
}
identifier! {
    /// The identifier of a dealer's subscription to an app, a UUID.
    ///
    /// ```
    /// use mock_idp::{MockIdp, SubscriptionId, TokenOrder};
    /// use serde_json::Value;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let idp = MockIdp::start().await?;
    /// let id = SubscriptionId::new(fixtures::SUBSCRIPTION_ID);
    /// let token = idp.default_issuer().mint(&TokenOrder::new())?.access_token.unwrap();
    /// let call = reqwest::Client::new().get(format!("{}/api/default/orders", idp.url())).bearer_auth(token);
    /// let echo: Value = call.header("Subscription-Id", id.as_str()).send().await?.json().await?;
    /// assert_eq!(echo["subscription"]["subscriptionId"], id.as_str());
    /// # Ok(())
    /// # }
    /// ```
    pub SubscriptionId
}
identifier! {
    /// One authorization by one user: what a code, its tokens and their successors have in common.
    pub(crate) GrantId
}
secret! {
    /// An app's API Secret: the OAuth `client_secret`.
    ///
    /// ```
    /// use fixtures::backend_app::{API_KEY, API_SECRET};
    /// use mock_idp::{ApiSecret, MockIdp};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let idp = MockIdp::start().await?;
    /// let secret = ApiSecret::new(API_SECRET);
    /// assert_eq!(format!("{secret:?}"), "ApiSecret([redacted])");
    ///
    /// let token = reqwest::Client::new().post(format!("{}/v1/token", idp.default_issuer().url()));
    /// let request = token.basic_auth(API_KEY, Some(secret.expose()));
    /// let request = request.header("content-type", "application/x-www-form-urlencoded");
    /// let answer = request.body("grant_type=client_credentials&scope=anonymous").send().await?;
    /// assert_eq!(answer.status(), 200);
    /// # Ok(())
    /// # }
    /// ```
    pub ApiSecret
}
secret! {
    /// A user's password.
    ///
    /// ```
    /// use mock_idp::{Password, User};
    ///
    /// let text = r#"{ "username": "sam@example.com", "password": "let-me-in" }"#;
    /// let user: User = serde_json::from_str(text)?;
    /// assert_eq!(user.password, Password::new("let-me-in"));
    /// assert_eq!(user.password.expose(), "let-me-in");
    /// assert_eq!(format!("{:?}", user.password), "Password([redacted])"); // also inside other values
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub Password
}
secret! {
    /// An authorization code: 43 URL-safe characters (RFC 6749 §4.1.2).
    pub(crate) Code
}
secret! {
    /// A refresh token: 43 URL-safe characters (RFC 6749 §1.5).
    ///
    /// ```
    /// use fixtures::tutorial_app::{API_KEY, API_SECRET};
    /// use mock_idp::{MockIdp, RefreshToken};
    /// use serde_json::{Value, json};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let idp = MockIdp::start().await?;
    /// let foreign = RefreshToken::new("one-of-another-server");
    /// let form = format!("grant_type=refresh_token&refresh_token={}", foreign.expose());
    /// let token = reqwest::Client::new().post(format!("{}/v1/token", idp.default_issuer().url()));
    /// let request = token.basic_auth(API_KEY, Some(API_SECRET)).body(form);
    /// let request = request.header("content-type", "application/x-www-form-urlencoded");
    /// let answer: Value = request.send().await?.json().await?;
    /// let description = "The refresh token is invalid or expired.";
    /// assert_eq!(answer, json!({ "error": "invalid_grant", "error_description": description }));
    /// assert_eq!(format!("{foreign:?}"), "RefreshToken([redacted])");
    /// # Ok(())
    /// # }
    /// ```
    pub RefreshToken
}
secret! {
    /// The value of the session cookie.
    pub(crate) SessionId
}
secret! {
    /// The value of the cookie that binds a sign-in page to the browser it was shown in.
    pub(crate) BrowserId
}
secret! {
    /// The id of one sign-in page that was shown. It is part of the URL that the form posts to.
    pub(crate) SignInId
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_print_as_redacted_and_identifiers_as_themselves() {
        assert_eq!(format!("{:?}", ApiSecret::new("s3cret")), "ApiSecret([redacted])");
        assert_eq!(format!("{:?}", Code::new("abc")), "Code([redacted])");
        assert_eq!(format!("{:?}", ApiKey::new("abc")), "ApiKey(abc)");
    }
}
