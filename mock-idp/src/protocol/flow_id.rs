//! The number of a flow: one sign-in attempt from redirect to last API call, or one token that an app got for itself.

use std::fmt;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Counts from 1 within an issuer.
///
/// ```
/// # use fixtures::backend_app::{API_KEY, API_SECRET};
/// use mock_idp::FlowId;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let idp = mock_idp::MockIdp::start().await?;
/// # let issuer = idp.default_issuer();
/// // Here a backend gets a token, two times.
/// # for _ in 0..2 {
/// #     let request = reqwest::Client::new().post(format!("{}/v1/token", issuer.url()));
/// #     let request = request.basic_auth(API_KEY, Some(API_SECRET));
/// #     request.body("grant_type=client_credentials&scope=anonymous").send().await?;
/// # }
/// let flows: Vec<FlowId> = issuer.flows().iter().map(|flow| flow.id).collect();
/// assert_eq!(flows, [FlowId::new(1), FlowId::new(2)]);
/// assert_eq!(issuer.flow(FlowId::new(2)).unwrap().summary, "the app has a token of its own");
/// assert_eq!(issuer.journal().entries()[1].flow, Some(FlowId::new(2)));
/// # Ok(())
/// # }
/// ```
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema,
)]
#[serde(transparent)]
pub struct FlowId(u64);

impl FlowId {
    /// The flow of this number.
    pub const fn new(number: u64) -> Self {
        Self(number)
    }

    /// The flow that begins after this one.
    #[must_use]
    pub(crate) const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

impl fmt::Display for FlowId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
