//! Subscriptions: which dealer has subscribed to which app.

use serde::{Deserialize, Deserializer, Serialize, de};
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::protocol::text::{ApiKey, SubscriptionId};

/// A dealer's subscription to an app.
///
/// ```
/// use mock_idp::{MockIdp, TokenOrder};
/// use serde_json::{Value, json};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let idp = MockIdp::start().await?;
/// let token = idp.default_issuer().mint(&TokenOrder::new().no_user())?.access_token.unwrap();
/// // The answer of the Subscriptions API, which each issuer has.
/// let list = format!("{}/subscriptions/default/v1/solution/subscriptions", idp.url());
/// let answer = reqwest::Client::new().get(list).bearer_auth(token).send().await?;
/// assert_eq!(
///     answer.json::<Value>().await?,
///     json!({ "subscriptions": [{
///         "subscriptionId": "2529a384-0000-4000-8000-ed09e77dee15",
///         "orgId": "7c1f0a52-0000-4000-8000-5d2b8e9a4c10",
///         "orgName": "Example Motors",
///         "status": "active",
///         "activationDate": "2025-12-10",
///         "deactivationDate": "",
///     }] })
/// );
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Subscription {
    /// The `Subscription-Id`.
    pub id: SubscriptionId,
    /// The app that the dealer has subscribed to.
    pub app: ApiKey,
    /// The dealer.
    pub organization: Organization,
    /// Whether it is in force.
    #[serde(default)]
    pub status: SubscriptionStatus,
    /// Since when, as the Subscriptions API reports it: `2021-12-10`.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "date")]
    #[schema(value_type = Option<String>, format = Date)]
    pub activation_date: Option<jiff::civil::Date>,
    /// Until when.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "date")]
    #[schema(value_type = Option<String>, format = Date)]
    pub deactivation_date: Option<jiff::civil::Date>,
}

fn date<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<jiff::civil::Date>, D::Error> {
    let text = Option::<String>::deserialize(deserializer)?;
    let read = |text: String| {
        let unfit =
            |_| de::Error::custom(format_args!("{text:?} is not a date, expected one such as 2021-12-10"));
        text.parse().map_err(unfit)
    };
    text.map(read).transpose()
}

/// A dealer.
///
/// ```
/// use mock_idp::{Config, Organization};
///
/// let organization = Organization {
///     id: "7c1f0a52-0000-4000-8000-5d2b8e9a4c10".to_owned(),
///     name: "Example Motors".to_owned(),
/// };
/// // One dealer may have subscribed to several apps.
/// let subscriptions = Config::demo().directory.subscriptions;
/// assert_eq!(subscriptions.iter().filter(|one| one.organization == organization).count(), 2);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Organization {
    /// The organization's id, a UUID.
    pub id: String,
    /// The name that people see.
    pub name: String,
}

impl Subscription {
    /// Whether both have the same id and app. One id may have subscriptions to several apps.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        self.id == other.id && self.app == other.app
    }
}

impl Organization {
    /// Fortellis' `organizationInfo`. The mock knows neither address nor telephone number.
    pub(crate) fn info(&self) -> Value {
        json!({ "id": self.id, "name": self.name, "address": {}, "countryCode": "", "phoneNumber": "" })
    }
}

/// Whether a subscription is in force.
///
/// ```
/// use mock_idp::{Config, MockIdp, SubscriptionStatus, TokenOrder};
/// use serde_json::{Value, json};
/// use tokio::net::TcpListener;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let mut config = Config::demo();
/// config.directory.subscriptions[0].status = SubscriptionStatus::Inactive;
/// let idp = MockIdp::start_on(TcpListener::bind("127.0.0.1:0").await?, config)?;
///
/// let token = idp.default_issuer().mint(&TokenOrder::new())?.access_token.unwrap();
/// let call = reqwest::Client::new().get(format!("{}/api/default/orders", idp.url())).bearer_auth(token);
/// let answer = call.header("Subscription-Id", fixtures::SUBSCRIPTION_ID).send().await?;
/// assert_eq!(answer.status(), 403);
/// let error = json!({ "code": "API-SUBSCRIPTION-INACTIVE", "message": "The subscription is not active." });
/// assert_eq!(answer.json::<Value>().await?, error);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum SubscriptionStatus {
    /// In force.
    #[default]
    Active,
    /// Not approved, or ended.
    Inactive,
}
