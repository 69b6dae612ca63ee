//! Whether a person signs in, or the mock does it for them.

use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;

use crate::protocol::{members::Members, text::Username};

/// What happens when a sign-in page would be shown. As JSON: `{"mode":"interactive"}`.
///
/// ```
/// use mock_idp::{MockIdp, SignInMode, Username};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let idp = MockIdp::start().await?;
/// let mode = SignInMode::Automatic { username: Username::new("dealer@example.com") };
/// let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build()?;
/// http.put(format!("{}/oauth2/default/_mock/sign-in", idp.url())).json(&mode).send().await?;
///
/// let request = "client_id=OidcAppKey0000000000000000000001&redirect_uri=http://localhost:8080/\
///                &response_type=code&scope=openid&state=xyz";
/// let url = format!("{}/oauth2/default/v1/authorize?{request}", idp.url());
/// let answer = http.get(url).send().await?;
/// // There is no page: the browser is sent back to the app.
/// assert!(answer.headers()["location"].to_str()?.starts_with("http://localhost:8080/?code="));
/// # Ok(())
/// # }
/// ```
///
/// In Rust, [`Issuer::sign_in_as`](crate::Issuer::sign_in_as) does it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
#[serde(tag = "mode", rename_all = "snake_case")]
pub enum SignInMode {
    /// The page is shown.
    #[default]
    Interactive,
    /// This user is signed in without a page, as if they had just entered the password.
    Automatic {
        /// The user.
        username: Username,
    },
}

impl SignInMode {
    /// Whether this user is signed in automatically. Upper and lower case are the same.
    pub(crate) fn signs_in(&self, name: &str) -> bool {
        matches!(self, Self::Automatic { username } if username.as_str().eq_ignore_ascii_case(name))
    }
}

impl<'de> Deserialize<'de> for SignInMode {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Members::deserialize(deserializer, |mut members| {
            match members.take_name("mode", ["interactive", "automatic"])? {
                "interactive" => members.none().map(|()| Self::Interactive),
                _ => members.only("username").map(|username| Self::Automatic { username }),
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mode_is_strict_about_its_fields() {
        let mode = |text: &str| serde_json::from_str::<SignInMode>(text);
        assert_eq!(mode(r#"{"mode":"interactive"}"#).unwrap(), SignInMode::Interactive);
        let automatic = SignInMode::Automatic { username: Username::new("a@example.com") };
        assert_eq!(mode(r#"{"mode":"automatic","username":"a@example.com"}"#).unwrap(), automatic);
        for text in [
            r#"{"mode":"interactive","username":"a@example.com"}"#,
            r#"{"mode":"automatic"}"#,
            r#"{"mode":"auto"}"#,
            "{}",
        ] {
            assert!(mode(text).is_err(), "{text}");
        }
    }
}
