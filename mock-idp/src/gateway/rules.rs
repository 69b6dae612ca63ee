//! The settings of the gateway: the section `[gateway]` of a configuration.

use std::num::NonZeroU32;

use serde::{Deserialize, Serialize};

/// How the gateway of an issuer behaves. What is left out keeps its default.
///
/// ```
/// use fixtures::tutorial_app::{API_KEY, API_SECRET};
/// use mock_idp::{Config, GatewayRules, MockIdp};
/// use tokio::net::TcpListener;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let gateway = GatewayRules { quota_per_minute: 1.try_into().ok(), ..GatewayRules::default() };
/// let config = Config { gateway, ..Config::demo() };
/// let idp = MockIdp::start_on(TcpListener::bind("127.0.0.1:0").await?, config)?;
///
/// let call = reqwest::Client::new().get(format!("{}/api/default/orders", idp.url()));
/// let call = call.basic_auth(API_KEY, Some(API_SECRET)).header("Subscription-Id", "test");
/// let (first, second) = (call.try_clone().unwrap().send().await?, call.send().await?);
/// assert_eq!((first.status().as_u16(), second.status().as_u16()), (200, 429));
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct GatewayRules {
    /// Whether a path without a sample resource is answered with an echo that names the caller. If not, the answer is
    /// `API-DOES-NOT-EXIST`.
    pub echo: bool,
    /// How many calls an app may make in a minute before it gets `QUOTA-EXCEEDED`. By default there is no limit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quota_per_minute: Option<NonZeroU32>,
    /// The status for a token that cannot be used.
    pub bad_token_status: BadTokenStatus,
}

impl Default for GatewayRules {
    fn default() -> Self {
        Self { echo: true, quota_per_minute: None, bad_token_status: BadTokenStatus::Unauthorized }
    }
}

/// The status for a token that has expired or cannot be used. Fortellis' older pages say 403, its list of codes says
/// nothing, and clients expect 401.
///
/// ```
/// use mock_idp::{BadTokenStatus, Config, GatewayRules, MockIdp};
/// use tokio::net::TcpListener;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let gateway: GatewayRules = serde_json::from_str(r#"{ "bad_token_status": 403 }"#)?;
/// assert_eq!(gateway.bad_token_status, BadTokenStatus::Forbidden);
/// let config = Config { gateway, ..Config::demo() };
/// let idp = MockIdp::start_on(TcpListener::bind("127.0.0.1:0").await?, config)?;
///
/// let call = reqwest::Client::new().get(format!("{}/api/default/orders", idp.url()));
/// assert_eq!(call.bearer_auth("no-token").send().await?.status(), 403);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "u16", into = "u16")]
pub enum BadTokenStatus {
    /// 401.
    Unauthorized,
    /// 403.
    Forbidden,
}

impl BadTokenStatus {
    /// The number.
    pub(crate) const fn code(self) -> u16 {
        match self {
            Self::Unauthorized => 401,
            Self::Forbidden => 403,
        }
    }
}

impl TryFrom<u16> for BadTokenStatus {
    type Error = String;

    fn try_from(code: u16) -> Result<Self, String> {
        [Self::Unauthorized, Self::Forbidden]
            .into_iter()
            .find(|status| status.code() == code)
            .ok_or_else(|| format!("a bad token is not answered with {code}, expected 401 or 403"))
    }
}

impl From<BadTokenStatus> for u16 {
    fn from(status: BadTokenStatus) -> Self {
        status.code()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bad_token_gets_401_or_403_and_nothing_else() {
        let rules = |text: &str| serde_json::from_str::<GatewayRules>(text);
        assert_eq!(rules("{}").unwrap(), GatewayRules::default());
        assert_eq!(rules(r#"{"bad_token_status":403}"#).unwrap().bad_token_status, BadTokenStatus::Forbidden);
        let error = rules(r#"{"bad_token_status":500}"#).unwrap_err().to_string();
        assert!(error.contains("a bad token is not answered with 500, expected 401 or 403"), "{error}");
    }
}
