//! Claim values that are the same in every token of the mock.

/// The identity provider that ID tokens name: `00o` and 17 letters, as Okta's are.
pub(super) const IDENTITY_PROVIDER: &str = "00omockidentityprov1";

/// The audience of access tokens, in both dialects.
pub(crate) const API_AUDIENCE: &str = "api_providers";
