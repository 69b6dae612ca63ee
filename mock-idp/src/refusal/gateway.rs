//! What the API gateway refuses, and how Fortellis words it.
//!
//! Fortellis documents the codes, but neither the status nor the body. The statuses below follow Fortellis' other pages
//! and the reports of people who integrate with it. The body is that of API providers, `{"code","message"}`, with the
//! code in words.
//!
//! | code | status | when |
//! |---|---|---|
//! | `API-DOES-NOT-EXIST` | 404 | no API at this path |
//! | `MISSING-AUTHORIZATION` | 401 | no header `Authorization` |
//! | `INVALID-TOKEN` | 401 | no Bearer token, or one that is not a JWT, not signed here, not an access token, not valid yet, or revoked |
//! | `TOKEN-EXPIRED` | 401 | `exp` has passed on the issuer's clock |
//! | `TOKEN-ISSUER-MISMATCH` | 401 | `iss` is another authorization server |
//! | `TOKEN-AUDIENCE-MISMATCH` | 401 | `aud` is not `api_providers` |
//! | `UNAUTHORIZED-API-ACCESS` | 403 | the app has not added this API |
//! | `MISSING-SUBSCRIPTION-ID` | 400 | no header `Subscription-Id`, or several |
//! | `SUBSCRIPTION-MISMATCH` | 403 | an unknown subscription, or one to another app |
//! | `API-SUBSCRIPTION-INACTIVE` | 403 | the subscription is not active |
//! | `PAYLOAD-TOO-BIG` | 413 | a body of more than 10 MiB |
//! | `QUOTA-EXCEEDED` | 429 | more calls in a minute than `[gateway] quota_per_minute` allows |
//!
//! `[gateway] bad_token_status = 403` gives the codes about tokens the status of Fortellis' older pages.
//! The other codes that Fortellis lists are about faults behind the gateway.

use super::{
    bearer::Unusable,
    details::Details,
    error::{GatewayError, bad_token, gateway},
    explanation::Explanation,
    phrase::{ADD_HEADER, BEARER_HEADER, body_of_at_most, meant},
    rule,
};
use crate::protocol::text::{ApiKey, SubscriptionId};

/// Where Fortellis lists its codes.
const CODES: &str = "Fortellis Error Codes";

/// Where Fortellis describes the parts of a request.
const COMPONENTS: &str = "Fortellis Request Components";

const SEVERAL: &str = "more than one";
const SEND_ONE: &str = "send the header once";
const CALL_WITHOUT_IT: &str = "a call without it";

/// A refused call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum GatewayRefusal {
    /// There is no API at this path.
    ApiUnknown { method: String, path: String, near: Option<String> },
    /// There is no header `Authorization`.
    AuthorizationMissing,
    /// The header `Authorization` appears more than once.
    AuthorizationRepeated,
    /// The header `Authorization` does not contain a Bearer token.
    AuthorizationMalformed,
    /// No app has this API Key with this API Secret.
    SecretWrong,
    /// An API Secret is sent for a real subscription.
    SecretOutsideSimulator,
    /// The access token cannot be used.
    Token(Unusable),
    /// The access token is not for APIs.
    Audience { received: String },
    /// The app has not added the API.
    ApiNotAdded { path: String },
    /// There is no header `Subscription-Id`.
    SubscriptionMissing,
    /// The header `Subscription-Id` appears more than once.
    SubscriptionRepeated,
    /// No subscription has this id.
    SubscriptionUnknown { id: SubscriptionId, near: Option<String> },
    /// The subscription is to another app.
    SubscriptionOfAnotherApp { id: SubscriptionId, app: ApiKey },
    /// The subscription is not active.
    SubscriptionInactive { id: SubscriptionId },
    /// The body is larger than the gateway accepts.
    PayloadTooBig { limit: usize },
    /// The app makes too many calls in a minute.
    QuotaExceeded { per_minute: u32, retry_after_seconds: u64 },
}

impl From<Unusable> for GatewayRefusal {
    fn from(cause: Unusable) -> Self {
        Self::Token(cause)
    }
}

impl GatewayRefusal {
    /// The rule, what it expected, what was received, how to correct it.
    pub(crate) fn explain(&self) -> Explanation {
        self.details().explanation()
    }

    /// The error that the client receives.
    pub(crate) fn error(&self) -> GatewayError {
        self.details().error
    }

    #[expect(clippy::too_many_lines, reason = "a table: one entry for each refusal")]
    fn details(&self) -> Details<GatewayError> {
        match self {
            Self::ApiUnknown { method, path, near } => Details {
                rule: rule::API_UNKNOWN,
                section: CODES,
                expected: "the path and the method of a sample resource, or any path while [gateway] echo \
                     = true"
                    .into(),
                received: format!("{method} {path}"),
                remedy: meant(near.as_deref(), "add a [[resource]] with this path"),
                error: gateway(404, "API-DOES-NOT-EXIST", format!("There is no API at {path}.")),
            },
            Self::AuthorizationMissing => Details {
                rule: rule::AUTHORIZATION_MISSING,
                section: COMPONENTS,
                expected: BEARER_HEADER.into(),
                received: CALL_WITHOUT_IT.into(),
                remedy: ADD_HEADER.into(),
                error: gateway(401, "MISSING-AUTHORIZATION", "Authorization header required"),
            },
            Self::AuthorizationRepeated => Details {
                rule: rule::AUTHORIZATION_REPEATED,
                section: COMPONENTS,
                expected: "the header Authorization once".into(),
                received: SEVERAL.into(),
                remedy: SEND_ONE.into(),
                error: bad_token("INVALID-TOKEN", "The header Authorization must appear once."),
            },
            Self::AuthorizationMalformed => Details {
                rule: rule::AUTHORIZATION_MALFORMED,
                section: "RFC 6750 §2.1",
                expected: BEARER_HEADER.into(),
                received: "another scheme, or no token after it".into(),
                remedy: "write Bearer, one space, then the value of access_token".into(),
                error: bad_token("INVALID-TOKEN", "The header Authorization must be: Bearer {access token}"),
            },
            Self::SecretWrong => Details {
                rule: rule::SIMULATOR_SECRET_WRONG,
                section: "Fortellis API Simulator",
                expected: "Basic base64({API Key}:{API Secret}) of a registered app".into(),
                received: "other credentials".into(),
                remedy: "check the API Key and the API Secret, or send a Bearer token".into(),
                error: bad_token("INVALID-TOKEN", "Unauthorized"),
            },
            Self::SecretOutsideSimulator => Details {
                rule: rule::SECRET_OUTSIDE_SIMULATOR,
                section: COMPONENTS,
                expected: "a Bearer token, where Subscription-Id is not test".into(),
                received: "Basic credentials".into(),
                remedy: "get a token for the app with the client credentials grant".into(),
                error: bad_token(
                    "INVALID-TOKEN",
                    "Only the simulator accepts an API Key and an API Secret. Send a Bearer token, or \
                     Subscription-Id: test.",
                ),
            },
            Self::Audience { received } => Details {
                rule: rule::TOKEN_AUDIENCE,
                section: "RFC 8725 §3.9",
                expected: "aud \"api_providers\"".into(),
                received: received.into(),
                remedy: "send the access token from /v1/token".into(),
                error: bad_token(
                    "TOKEN-AUDIENCE-MISMATCH",
                    format!("The audience of the token is {received}, not \"api_providers\"."),
                ),
            },
            Self::ApiNotAdded { path } => Details {
                rule: rule::API_NOT_ADDED,
                section: CODES,
                expected: "an app that is listed in apps of the sample resource".into(),
                received: "another app".into(),
                remedy: format!("add the app's API Key to apps of the resource {path}, or leave apps out"),
                error: gateway(
                    403,
                    "UNAUTHORIZED-API-ACCESS",
                    "Solution has not requested access to this API. Please select the API from your \
                     Developer account.",
                ),
            },
            Self::SubscriptionMissing => Details {
                rule: rule::SUBSCRIPTION_MISSING,
                section: COMPONENTS,
                expected: "Subscription-Id: {the id of the dealer's subscription to this app}".into(),
                received: CALL_WITHOUT_IT.into(),
                remedy: "ask the Subscriptions API for the id, or send Subscription-Id: test".into(),
                error: gateway(400, "MISSING-SUBSCRIPTION-ID", "Subscription-Id header required"),
            },
            Self::SubscriptionRepeated => Details {
                rule: rule::SUBSCRIPTION_REPEATED,
                section: COMPONENTS,
                expected: "the header Subscription-Id once".into(),
                received: SEVERAL.into(),
                remedy: SEND_ONE.into(),
                error: gateway(
                    400,
                    "MISSING-SUBSCRIPTION-ID",
                    "The header Subscription-Id must appear once.",
                ),
            },
            Self::SubscriptionUnknown { id, near } => Details {
                rule: rule::SUBSCRIPTION_UNKNOWN,
                section: CODES,
                expected: "the id of a subscription".into(),
                received: id.as_str().into(),
                remedy: meant(
                    near.as_deref(),
                    "ask the Subscriptions API for the id, or register the subscription",
                ),
                error: gateway(403, "SUBSCRIPTION-MISMATCH", "No subscription has this Subscription-Id."),
            },
            Self::SubscriptionOfAnotherApp { id, app } => Details {
                rule: rule::SUBSCRIPTION_OF_ANOTHER_APP,
                section: CODES,
                expected: format!("a subscription to the app {app}, which the token was issued to"),
                received: format!("the subscription {id} to another app"),
                remedy: "use a token of the app that the dealer subscribed to".into(),
                error: gateway(
                    403,
                    "SUBSCRIPTION-MISMATCH",
                    "The API Key of the token is not that of the subscribed app.",
                ),
            },
            Self::SubscriptionInactive { id } => Details {
                rule: rule::SUBSCRIPTION_INACTIVE,
                section: CODES,
                expected: "an active subscription".into(),
                received: format!("the inactive subscription {id}"),
                remedy: "set its status to active".into(),
                error: gateway(403, "API-SUBSCRIPTION-INACTIVE", "The subscription is not active."),
            },
            Self::PayloadTooBig { limit } => Details {
                rule: rule::PAYLOAD_TOO_BIG,
                section: CODES,
                expected: body_of_at_most(*limit),
                received: "a larger one".into(),
                remedy: "send a smaller body".into(),
                error: gateway(413, "PAYLOAD-TOO-BIG", format!("The body is larger than {limit} bytes.")),
            },
            Self::QuotaExceeded { per_minute, retry_after_seconds } => Details {
                rule: rule::QUOTA_EXCEEDED,
                section: CODES,
                expected: format!("at most {per_minute} calls in a minute"),
                received: "another call".into(),
                remedy: format!("wait for {retry_after_seconds} s, as Retry-After says"),
                error: gateway(
                    429,
                    "QUOTA-EXCEEDED",
                    format!("The app may make {per_minute} calls in a minute."),
                ),
            },
            Self::Token(cause) => cause.details(),
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::{super::bearer::tests::causes, *};

    /// One refusal of each kind.
    pub(crate) fn samples() -> Vec<GatewayRefusal> {
        let own = vec![
            GatewayRefusal::ApiUnknown {
                method: "PATCH".into(),
                path: "/cdk/x".into(),
                near: Some("near".into()),
            },
            GatewayRefusal::AuthorizationMissing,
            GatewayRefusal::AuthorizationRepeated,
            GatewayRefusal::AuthorizationMalformed,
            GatewayRefusal::SecretWrong,
            GatewayRefusal::SecretOutsideSimulator,
            GatewayRefusal::Audience { received: "received".into() },
            GatewayRefusal::ApiNotAdded { path: "/cdk/x".into() },
            GatewayRefusal::SubscriptionMissing,
            GatewayRefusal::SubscriptionRepeated,
            GatewayRefusal::SubscriptionUnknown {
                id: SubscriptionId::new("sub1"),
                near: Some("near".into()),
            },
            GatewayRefusal::SubscriptionOfAnotherApp {
                id: SubscriptionId::new("sub1"),
                app: ApiKey::new("Key1"),
            },
            GatewayRefusal::SubscriptionInactive { id: SubscriptionId::new("sub1") },
            GatewayRefusal::PayloadTooBig { limit: 65536 },
            GatewayRefusal::QuotaExceeded { per_minute: 60, retry_after_seconds: 30 },
        ];
        own.into_iter().chain(causes().into_iter().map(GatewayRefusal::Token)).collect()
    }

    #[test]
    fn the_older_status_counts_for_tokens_only() {
        let status = |refusal: GatewayRefusal| refusal.error().status.code(403);
        assert_eq!(status(GatewayRefusal::Token(Unusable::Revoked)), 403);
        assert_eq!(status(GatewayRefusal::Audience { received: "fortellis".into() }), 403);
        assert_eq!(status(GatewayRefusal::AuthorizationMissing), 401);
        assert_eq!(status(GatewayRefusal::SubscriptionMissing), 400);
    }
}
