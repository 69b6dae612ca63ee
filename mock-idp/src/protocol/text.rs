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
            /// Wraps the text as it came.
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
            /// Wraps the text as it came.
            $visible fn new(text: impl Into<String>) -> Self {
                Self(text.into())
            }

            /// The secret itself. Send it where it belongs; never log it.
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
    pub ApiKey
}
identifier! {
    /// What a user types to sign in: an e-mail address. The access token's `sub`.
    pub Username
}
identifier! {
    /// Okta's user id, `00u` and 17 letters and digits: the ID token's `sub`, the access token's `uid`.
    pub UserId
}
identifier! {
    /// A token's `jti`: `AT.` or `ID.` and 43 URL-safe characters.
    pub(crate) TokenId
}
identifier! {
    /// A signing key's `kid`, a UUID.
    pub KeyId
}
identifier! {
    /// The identifier of a dealer's subscription to an app, a UUID.
    pub SubscriptionId
}
identifier! {
    /// One authorization by one user: what a code, its tokens and their successors have in common.
    pub(crate) GrantId
}
secret! {
    /// An app's API Secret: the OAuth `client_secret`.
    pub ApiSecret
}
secret! {
    /// A user's password.
    pub Password
}
secret! {
    /// An authorization code: 43 URL-safe characters (RFC 6749 §4.1.2).
    pub(crate) Code
}
secret! {
    /// A refresh token: 43 URL-safe characters (RFC 6749 §1.5).
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
    /// Names one sign-in page that was shown: what the form posts to.
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
