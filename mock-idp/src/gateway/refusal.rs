//! Why a call to an API is refused, and the one match that says how Fortellis' gateway words it.
//!
//! Fortellis documents the codes and neither status nor body. The statuses below are chosen once, after what
//! Fortellis' other pages and people who integrate with it tell, and the body is the providers'
//! `{"code","message"}` with the code in words.
//!
//! | code | status | when |
//! |---|---|---|
//! | `API-DOES-NOT-EXIST` | 404 | no API at this path |
//! | `MISSING-AUTHORIZATION` | 401 | no header `Authorization` |
//! | `INVALID-TOKEN` | 401 | no Bearer token, or one that is no JWT, not signed here, no access token, or revoked |
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
//! `[gateway] bad_token_status = 403` gives the five about tokens the status of Fortellis' older pages.
//! The other codes that Fortellis lists tell of faults beyond the gateway.

use super::GatewayRules;
use crate::{
    bearer::Unusable,
    protocol::{
        refusal::{Explanation, Refusal},
        text::{ApiKey, SubscriptionId},
    },
};

/// Where Fortellis lists its codes.
const CODES: &str = "Fortellis Error Codes";

/// Where Fortellis tells what a request consists of.
const COMPONENTS: &str = "Fortellis Request Components";

/// A refused call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum GatewayRefusal {
    ApiUnknown { method: String, path: String, near: Option<String> },
    AuthorizationMissing,
    AuthorizationRepeated,
    AuthorizationMalformed,
    SecretWrong,
    SecretOutsideSimulator,
    Token(Unusable),
    Audience { received: String },
    ApiNotAdded { path: String },
    SubscriptionMissing,
    SubscriptionRepeated,
    SubscriptionUnknown { id: SubscriptionId, near: Option<String> },
    SubscriptionOfAnotherApp { id: SubscriptionId, app: ApiKey },
    SubscriptionInactive { id: SubscriptionId },
    PayloadTooBig { limit: usize },
    QuotaExceeded { per_minute: u32, retry_after_seconds: u64 },
}

/// A refusal as it goes out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct GatewayWire {
    /// The HTTP status.
    pub status: u16,
    /// Fortellis' code.
    pub code: &'static str,
    /// A sentence for people.
    pub message: String,
}

impl From<Unusable> for GatewayRefusal {
    fn from(unusable: Unusable) -> Self {
        Self::Token(unusable)
    }
}

impl GatewayRefusal {
    /// Status, code and message. Fortellis' own texts stand where they are known.
    pub(crate) fn wire(&self, rules: GatewayRules) -> GatewayWire {
        let out = |status, code, message: &str| GatewayWire { status, code, message: message.to_owned() };
        let bad_token = |code, message: &str| out(rules.bad_token_status.code(), code, message);
        match self {
            Self::ApiUnknown { path, .. } => {
                out(404, "API-DOES-NOT-EXIST", &format!("There is no API at {path}."))
            }
            Self::AuthorizationMissing => out(401, "MISSING-AUTHORIZATION", "Authorization header required"),
            Self::AuthorizationRepeated => {
                bad_token("INVALID-TOKEN", "The header Authorization must stand once.")
            }
            Self::AuthorizationMalformed => {
                bad_token("INVALID-TOKEN", "The header Authorization must be: Bearer {access token}")
            }
            Self::SecretWrong => bad_token("INVALID-TOKEN", "Unauthorized"),
            Self::SecretOutsideSimulator => bad_token(
                "INVALID-TOKEN",
                "API Key and API Secret open the simulator only. Send a Bearer token, or Subscription-Id: test.",
            ),
            Self::Token(Unusable::Malformed) => bad_token("INVALID-TOKEN", "The token is not a valid JWT."),
            Self::Token(Unusable::Signature) => {
                bad_token("INVALID-TOKEN", "The token is not signed with a key of the authorization server.")
            }
            Self::Token(Unusable::NotAccessToken) => {
                bad_token("INVALID-TOKEN", "The token is not an access token.")
            }
            Self::Token(Unusable::Revoked) => bad_token("INVALID-TOKEN", "The token has been revoked."),
            Self::Token(Unusable::Expired { expired_at }) => {
                bad_token("TOKEN-EXPIRED", &format!("The token expired at {expired_at}."))
            }
            Self::Token(Unusable::NotYetValid { valid_from }) => {
                bad_token("INVALID-TOKEN", &format!("The token is not valid before {valid_from}."))
            }
            Self::Token(Unusable::Issuer { received }) => bad_token(
                "TOKEN-ISSUER-MISMATCH",
                &format!("The token was issued by another authorization server, {received}."),
            ),
            Self::Audience { received } => bad_token(
                "TOKEN-AUDIENCE-MISMATCH",
                &format!("The audience of the token is {received}, not \"api_providers\"."),
            ),
            Self::ApiNotAdded { .. } => out(
                403,
                "UNAUTHORIZED-API-ACCESS",
                "Solution has not requested access to this API. Please select the API from your Developer account.",
            ),
            Self::SubscriptionMissing => {
                out(400, "MISSING-SUBSCRIPTION-ID", "Subscription-Id header required")
            }
            Self::SubscriptionRepeated => {
                out(400, "MISSING-SUBSCRIPTION-ID", "The header Subscription-Id must stand once.")
            }
            Self::SubscriptionUnknown { .. } => {
                out(403, "SUBSCRIPTION-MISMATCH", "No subscription has this Subscription-Id.")
            }
            Self::SubscriptionOfAnotherApp { .. } => out(
                403,
                "SUBSCRIPTION-MISMATCH",
                "The API Key of the token is not that of the subscribed app.",
            ),
            Self::SubscriptionInactive { .. } => {
                out(403, "API-SUBSCRIPTION-INACTIVE", "The subscription is not active.")
            }
            Self::PayloadTooBig { limit } => {
                out(413, "PAYLOAD-TOO-BIG", &format!("The body is larger than {limit} bytes."))
            }
            Self::QuotaExceeded { per_minute, .. } => {
                out(429, "QUOTA-EXCEEDED", &format!("The app may make {per_minute} calls in a minute."))
            }
        }
    }

    /// The rule, what it expected, what came, how to mend it.
    #[expect(clippy::too_many_lines, reason = "a table: one row a refusal")]
    pub(crate) fn explain(&self) -> Explanation {
        let row = |rule, section, expected: &str, received: &str, remedy: &str| Explanation {
            rule,
            section,
            expected: expected.to_owned(),
            received: received.to_owned(),
            remedy: remedy.to_owned(),
        };
        let meant = |near: &Option<String>, otherwise: &str| {
            near.as_ref().map_or_else(|| otherwise.to_owned(), |near| format!("was {near} meant?"))
        };
        match self {
            Self::ApiUnknown { method, path, near } => row(
                "api_unknown",
                CODES,
                "the path and the method of a sample resource, or any path while [gateway] echo = true",
                &format!("{method} {path}"),
                &meant(near, "add a [[resource]] with this path"),
            ),
            Self::AuthorizationMissing => row(
                "authorization_missing",
                COMPONENTS,
                "Authorization: Bearer {access token}",
                "a call without it",
                "add the header",
            ),
            Self::AuthorizationRepeated => row(
                "authorization_repeated",
                COMPONENTS,
                "the header Authorization once",
                "several",
                "send one of them",
            ),
            Self::AuthorizationMalformed => row(
                "authorization_malformed",
                "RFC 6750 §2.1",
                "Authorization: Bearer {access token}",
                "another scheme, or no token behind it",
                "write Bearer, one space, then the value of access_token",
            ),
            Self::SecretWrong => row(
                "simulator_secret_wrong",
                "Fortellis API Simulator",
                "Basic base64({API Key}:{API Secret}) of a registered app",
                "other credentials",
                "check the API Key and the API Secret, or send a Bearer token",
            ),
            Self::SecretOutsideSimulator => row(
                "secret_outside_simulator",
                COMPONENTS,
                "a Bearer token, where Subscription-Id is not test",
                "Basic credentials",
                "get a token for the app with the client credentials grant",
            ),
            Self::Token(unusable) => Refusal::from(unusable.clone()).explain(),
            Self::Audience { received } => row(
                "token_audience",
                "RFC 8725 §3.9",
                "aud \"api_providers\"",
                received,
                "send the access token that /v1/token gave",
            ),
            Self::ApiNotAdded { path } => row(
                "api_not_added",
                CODES,
                "an app that the sample resource names in apps",
                "another app",
                &format!("add the app's API Key to apps of the resource {path}, or leave apps out"),
            ),
            Self::SubscriptionMissing => row(
                "subscription_missing",
                COMPONENTS,
                "Subscription-Id: {the id of the dealer's subscription to this app}",
                "a call without it",
                "ask the Subscriptions API for the id, or send Subscription-Id: test",
            ),
            Self::SubscriptionRepeated => row(
                "subscription_repeated",
                COMPONENTS,
                "the header Subscription-Id once",
                "several",
                "send one of them",
            ),
            Self::SubscriptionUnknown { id, near } => row(
                "subscription_unknown",
                CODES,
                "the id of a subscription",
                id.as_str(),
                &meant(near, "ask the Subscriptions API for the id, or register the subscription"),
            ),
            Self::SubscriptionOfAnotherApp { id, app } => row(
                "subscription_of_another_app",
                CODES,
                &format!("a subscription to the app {app}, which the token was given to"),
                &format!("the subscription {id} to another app"),
                "use a token of the app that the dealer subscribed to",
            ),
            Self::SubscriptionInactive { id } => row(
                "subscription_inactive",
                CODES,
                "an active subscription",
                &format!("the inactive subscription {id}"),
                "set its status to active",
            ),
            Self::PayloadTooBig { limit } => row(
                "payload_too_big",
                CODES,
                &format!("a body of at most {limit} bytes"),
                "a larger one",
                "send less at once",
            ),
            Self::QuotaExceeded { per_minute, retry_after_seconds } => row(
                "quota_exceeded",
                CODES,
                &format!("at most {per_minute} calls in a minute"),
                "one more",
                &format!("wait for {retry_after_seconds} s, as Retry-After says"),
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gateway::BadTokenStatus;

    #[test]
    fn the_older_status_counts_for_tokens_only() {
        let rules = GatewayRules { bad_token_status: BadTokenStatus::Forbidden, ..GatewayRules::default() };
        let status = |refusal: GatewayRefusal| refusal.wire(rules).status;
        assert_eq!(status(GatewayRefusal::Token(Unusable::Revoked)), 403);
        assert_eq!(status(GatewayRefusal::Audience { received: "fortellis".into() }), 403);
        assert_eq!(status(GatewayRefusal::AuthorizationMissing), 401);
        assert_eq!(status(GatewayRefusal::SubscriptionMissing), 400);
    }
}
