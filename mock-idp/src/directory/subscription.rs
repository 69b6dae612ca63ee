//! Subscriptions: what ties an app to a dealer.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::protocol::text::{ApiKey, SubscriptionId};

/// A dealer's subscription to an app.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Subscription {
    /// The `Subscription-Id`.
    pub id: SubscriptionId,
    /// The app that is subscribed to.
    pub app: ApiKey,
    /// The dealer.
    pub organization: Organization,
    /// Whether it is in force.
    #[serde(default)]
    pub status: SubscriptionStatus,
    /// Since when, where the Subscriptions API should tell it: `2021-12-10`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Date)]
    pub activation_date: Option<jiff::civil::Date>,
    /// Until when.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Date)]
    pub deactivation_date: Option<jiff::civil::Date>,
}

/// A dealer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Organization {
    /// The organization's id, a UUID.
    pub id: String,
    /// What people call it.
    pub name: String,
}

impl Organization {
    /// Fortellis' `organizationInfo`. Of address and telephone the mock knows nothing.
    pub(crate) fn info(&self) -> Value {
        json!({ "id": self.id, "name": self.name, "address": {}, "countryCode": "", "phoneNumber": "" })
    }
}

/// Whether a subscription is in force.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum SubscriptionStatus {
    /// In force.
    #[default]
    Active,
    /// Not approved, or ended.
    Inactive,
}
