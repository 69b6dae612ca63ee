//! The parameters whose values are secrets.

/// Parameters whose values belong to one sign-in attempt: a code, a token.
pub(crate) const FLOW_CREDENTIALS: [&str; 5] =
    ["code", "refresh_token", "token", "access_token", "id_token_hint"];

/// The other parameters whose values are secrets.
const OTHERS: [&str; 7] =
    ["api_secret", "assertion", "client_assertion", "client_secret", "code_verifier", "id_token", "password"];

/// Whether the value of this parameter, or of this member of a JSON object, is a secret.
pub(super) fn is_secret(name: &str) -> bool {
    FLOW_CREDENTIALS.contains(&name) || OTHERS.contains(&name)
}
