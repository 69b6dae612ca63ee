//! The requests that a fault is meant for.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::flaw::FaultFlaw;
use crate::protocol::{
    endpoint::Endpoint,
    flow_id::FlowId,
    grant_type::GrantType,
    text::{ApiKey, GrantId, Username},
};

/// For which requests a fault strikes. A request has to match every member that is given.
///
/// ```
/// # use fixtures::tutorial_app::{API_KEY, REDIRECT_URI};
/// use mock_idp::{Endpoint, Fault, fault::When};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let idp = mock_idp::MockIdp::start().await?;
/// # let issuer = idp.default_issuer();
/// let fault = Fault::status(503).always().for_app(API_KEY).for_state_prefix("test-7-");
/// issuer.fail_next(Endpoint::Authorize, fault);
/// let when: When = serde_json::from_value(serde_json::json!({ "app": API_KEY, "state_prefix": "test-7-" }))?;
/// assert_eq!(issuer.faults()[0].when, when);
///
/// for (state, status) in [("test-7-a", 503), ("test-8-a", 200)] {
///     // Here a browser asks to sign in.
/// #   let query = format!("client_id={API_KEY}&redirect_uri={REDIRECT_URI}&response_type=code&scope=openid");
/// #   let answer = reqwest::get(format!("{}/v1/authorize?{query}&state={state}", issuer.url())).await?;
///     assert_eq!(answer.status(), status);
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
#[schema(as = FaultWhen)]
pub struct When {
    /// With this grant type; at the authorization endpoint the one that the response type belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub grant_type: Option<GrantType>,
    /// By this app.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub app: Option<ApiKey>,
    /// For this user.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<Username>,
    /// With a `state` that begins with this. At the token endpoint it is the `state` of the authorization request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state_prefix: Option<String>,
    /// In this one sign-in. The mock sets it for a user name such as `fault:expired@example.com`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) sign_in: Option<GrantId>,
}

/// What is known of a request when its fault is chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RequestFacts {
    /// The endpoint.
    pub endpoint: Endpoint,
    /// The grant type.
    pub grant_type: Option<GrantType>,
    /// The app.
    pub app: Option<ApiKey>,
    /// The user.
    pub user: Option<Username>,
    /// The `state` of the authorization request.
    pub state: Option<String>,
    /// The authorization that a code or a refresh token belongs to.
    pub(crate) sign_in: Option<GrantId>,
    /// The sign-in attempt that it belongs to. No fault asks for it.
    pub(crate) flow: Option<FlowId>,
}

impl RequestFacts {
    /// A request to this endpoint. Nothing else is known yet.
    pub(crate) const fn at(endpoint: Endpoint) -> Self {
        Self { endpoint, grant_type: None, app: None, user: None, state: None, sign_in: None, flow: None }
    }
}

/// The members of [`When`] that can be known of a request to an endpoint: from the request itself, or from its code or
/// token.
const fn known_at(endpoint: Endpoint) -> &'static [&'static str] {
    match endpoint {
        Endpoint::Authorize | Endpoint::SignIn | Endpoint::Token => {
            &["grant_type", "app", "user", "state_prefix"]
        }
        Endpoint::Introspect | Endpoint::Revoke | Endpoint::Logout => &["app", "user", "state_prefix"],
        Endpoint::Userinfo | Endpoint::Gateway | Endpoint::Subscriptions => &["app", "user"],
        Endpoint::Metadata | Endpoint::Keys => &[],
    }
}

impl When {
    /// A member that is not known of any request to this endpoint. Such a fault would never occur.
    pub(super) fn flaw(&self, endpoint: Endpoint) -> Option<FaultFlaw> {
        let Self { grant_type, app, user, state_prefix, sign_in: _ } = self;
        let wanted = [
            ("grant_type", grant_type.is_some()),
            ("app", app.is_some()),
            ("user", user.is_some()),
            ("state_prefix", state_prefix.is_some()),
        ];
        let known = known_at(endpoint);
        let (field, _) =
            wanted.into_iter().find(|(field, is_wanted)| *is_wanted && !known.contains(field))?;
        let expected = match known {
            [] => "leave it out: here a fault can only be meant for the whole issuer".to_owned(),
            known => format!("expected {}", known.join(" or ")),
        };
        Some(FaultFlaw::new(
            &format!("when.{field}"),
            format!("no request to {endpoint} names its {field}"),
            &expected,
        ))
    }

    /// Whether the fault is meant for this request.
    pub(super) fn matches(&self, request: &RequestFacts) -> bool {
        let Self { grant_type, app, user, state_prefix, sign_in } = self;
        grant_type.is_none_or(|meant| request.grant_type == Some(meant))
            && app.as_ref().is_none_or(|meant| request.app.as_ref() == Some(meant))
            && sign_in.as_ref().is_none_or(|meant| request.sign_in.as_ref() == Some(meant))
            // User names are e-mail addresses: capitals do not matter.
            && user.as_ref().is_none_or(|meant| {
                request.user.as_ref().is_some_and(|user| user.as_str().eq_ignore_ascii_case(meant.as_str()))
            })
            && state_prefix.as_ref().is_none_or(|prefix| {
                request.state.as_ref().is_some_and(|state| state.starts_with(prefix.as_str()))
            })
    }
}
