//! `rate_limit`: the answer of Okta to a client that sends too many requests.

use http::{HeaderName, HeaderValue, Response, StatusCode, header};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::json::json_answer;
use crate::protocol::timestamp::Timestamp;

/// How many seconds the client waits if the fault does not say.
const RETRY_AFTER: u32 = 30;

/// `rate_limit`: 429 with `Retry-After` and Okta's rate limit headers.
///
/// ```
/// use mock_idp::{Endpoint, Timestamp, fault::{AnswerFault, Kind, RateLimitFault}};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let idp = mock_idp::MockIdp::start().await?;
/// # let issuer = idp.default_issuer();
/// let limit: Kind = serde_json::from_str(r#"{ "kind": "rate_limit" }"#)?;
/// assert_eq!(limit, Kind::Answer(AnswerFault::RateLimit(RateLimitFault { retry_after: 30 })));
///
/// issuer.clock().freeze(Timestamp::from_unix_seconds(1_800_000_000).unwrap());
/// issuer.fail_next(Endpoint::Gateway, limit.into());
/// let answer = reqwest::get(format!("{}/api/default/vehicles", idp.url())).await?;
/// assert_eq!(answer.status(), 429);
/// assert_eq!(answer.headers()["retry-after"], "30");
/// assert_eq!(answer.headers()["x-rate-limit-reset"], "1800000030"); // by the issuer's clock
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct RateLimitFault {
    /// How many seconds the client is asked to wait: 30 unless it is given.
    #[schema(format = Int64, maximum = 4_294_967_295_i64)]
    pub retry_after: u32,
}

impl Default for RateLimitFault {
    fn default() -> Self {
        Self { retry_after: RETRY_AFTER }
    }
}

impl RateLimitFault {
    pub(super) fn answer(self, now: Timestamp) -> Response<String> {
        let body = json!({
            "errorCode": "E0000047",
            "errorSummary": "API call exceeded rate limit due to too many requests.",
            "errorLink": "E0000047",
            "errorId": "oaeFaultOfTheMock00000000",
            "errorCauses": [],
        });
        let mut answer = json_answer(StatusCode::TOO_MANY_REQUESTS, body.to_string());
        let reset = now.unix_seconds().saturating_add(i64::from(self.retry_after));
        let headers = answer.headers_mut();
        headers.insert(header::RETRY_AFTER, HeaderValue::from(self.retry_after));
        headers.insert(HeaderName::from_static("x-rate-limit-limit"), HeaderValue::from_static("100"));
        headers.insert(HeaderName::from_static("x-rate-limit-remaining"), HeaderValue::from_static("0"));
        headers.insert(HeaderName::from_static("x-rate-limit-reset"), HeaderValue::from(reset));
        answer
    }
}
