//! Texts that refusals of several places have in common.

use crate::protocol::grant_type::{GrantType, bracketed};

// Explanations.
pub(super) const ABSENT: &str = "a request without it";
pub(super) const ABSENT_OR_EMPTY: &str = "a request without it, or with an empty one";
pub(super) const BEARER_HEADER: &str = "Authorization: Bearer {access token}";
pub(super) const ADD_HEADER: &str = "add the header";
pub(super) const HEADER_ALONE: &str = "send the header alone";
pub(super) const SIGN_IN_AGAIN: &str = "sign the user in again";
pub(super) const ID_TOKEN_OF_THIS_ISSUER: &str = "an ID token of this issuer, expired or not";
pub(super) const OWN_ID_TOKEN: &str = "send the unchanged ID token of the user's sign-in";

// Errors.
pub(super) const CLIENT_ID_REQUIRED: &str = "A client_id must be provided in the request.";
pub(super) const HINT_INVALID: &str = "The 'id_token_hint' parameter is invalid.";

/// A remedy that names the near miss, where there is one.
pub(super) fn meant(near: Option<&str>, otherwise: &str) -> String {
    near.map_or_else(|| otherwise.to_owned(), |near| format!("was {near} meant?"))
}

pub(super) fn body_of_at_most(limit: usize) -> String {
    format!("a body of at most {limit} bytes")
}

pub(super) fn parameter_missing(name: &str) -> String {
    format!("The required parameter '{name}' is missing.")
}

pub(super) fn grant_not_configured(allowed: &[GrantType]) -> String {
    format!(
        "The client is not authorized to use the provided grant type. Configured grant \
                     types: {}.",
        bracketed(allowed)
    )
}
