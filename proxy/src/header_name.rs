//! The header fields of API calls that are Fortellis' own.

use http::HeaderName;

/// Names one API call, from the caller through to the API and back.
pub(crate) const REQUEST_ID: HeaderName = HeaderName::from_static("request-id");
/// Names the subscription, and so the dealer, that an API is called for.
pub(crate) const SUBSCRIPTION_ID: HeaderName = HeaderName::from_static("subscription-id");
