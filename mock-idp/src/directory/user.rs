//! Users: Fortellis accounts.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use utoipa::ToSchema;

use crate::protocol::{
    claims::{Claims, Person},
    text::{Password, UserId, Username},
};

/// A Fortellis account.
///
/// ```
/// use mock_idp::{Config, MockIdp, TokenOrder, User};
/// use serde_json::{Value, json};
/// use tokio::net::TcpListener;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let mut config = Config::demo();
/// let kim = json!({ "username": "kim@example.com", "password": "x", "claims": { "name": "Kim" } });
/// config.directory.users = vec![serde_json::from_value::<User>(kim)?];
/// let idp = MockIdp::start_on(TcpListener::bind("127.0.0.1:0").await?, config)?;
/// let issuer = idp.default_issuer();
///
/// let token = issuer.mint(&TokenOrder::new().scope("openid profile")?)?.access_token.unwrap();
/// let userinfo = reqwest::Client::new().get(format!("{}/v1/userinfo", issuer.url()));
/// let claims: Value = userinfo.bearer_auth(token).send().await?.json().await?;
/// // No `uid` was given, so it is derived from the user name: the same in every run.
/// assert_eq!(
///     claims,
///     json!({ "sub": "00uVU0BQIXVBECApqxHY", "name": "Kim", "preferred_username": "kim@example.com" })
/// );
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct User {
    /// The login e-mail.
    pub username: Username,
    /// The password.
    pub password: Password,
    /// Okta's user id; derived from the user name unless given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uid: Option<UserId>,
    /// Further claims: `name`, `given_name`, `family_name`, …
    #[serde(default)]
    pub claims: Claims,
}

impl User {
    /// Whether this is the user's name. User names are e-mail addresses, so capitals do not matter.
    pub(crate) fn is_called(&self, name: &str) -> bool {
        self.username.as_str().eq_ignore_ascii_case(name)
    }

    /// The user id: the given one, or the one derived from the user name.
    pub(super) fn uid(&self) -> UserId {
        self.uid.clone().unwrap_or_else(|| derived_uid(&self.username))
    }

    /// The person that tokens describe.
    pub(crate) fn person(&self) -> Person {
        Person { username: self.username.clone(), uid: self.uid(), claims: self.claims.clone() }
    }
}

/// `00u` and 17 letters and digits that depend on the user name only, so they are the same in every run and issuer.
fn derived_uid(username: &Username) -> UserId {
    const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let digest = Sha256::digest(username.as_str());
    let letters: String = digest
        .iter()
        .take(17)
        .map(|byte| char::from(ALPHABET[usize::from(*byte) % ALPHABET.len()]))
        .collect();
    UserId::new(format!("00u{letters}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_derived_uid_has_oktas_shape_and_stays_the_same() {
        let user: User = serde_json::from_str(r#"{"username":"a@example.com","password":"x"}"#).unwrap();
        let uid = user.person().uid;
        assert_eq!(uid, user.person().uid);
        assert_eq!((uid.as_str().len(), &uid.as_str()[..3]), (20, "00u"));
    }
}
