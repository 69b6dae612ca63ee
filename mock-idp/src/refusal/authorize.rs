//! What the authorization endpoint refuses. The rules about scopes hold at the token endpoint as well.

use super::{
    details::Details,
    error::{ByDialect, oauth},
    phrase::{
        CLIENT_ID_REQUIRED, HINT_INVALID, ID_TOKEN_OF_THIS_ISSUER, OWN_ID_TOKEN, grant_not_configured, meant,
        parameter_missing,
    },
    rule,
};
use crate::protocol::{
    grant_type::{GrantType, bracketed},
    redirect_uri::RegisteredUri,
};

const LOGIN_REDIRECT_URI: &str = "The 'redirect_uri' parameter must be a Login redirect URI in the client app \
     settings.";
const UNKNOWN_SCOPE: &str = "One or more scopes are not configured for the authorization server resource.";
const INVALID_PROMPT: &str = "The authentication request has an invalid 'prompt' parameter.";
const PLAIN_PARAMETERS: &str = "plain parameters";
const SEND_PLAIN_PARAMETERS: &str = "send the parameters in the query or as a form";
const QUERY_FOR_TOKEN: &str = "'query' response mode cannot be used with either the 'id_token' or 'token' \
     response types.";

/// A refused authorization request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum AuthorizeRefusal {
    /// There is no `client_id`.
    ClientIdMissing,
    /// There is no `redirect_uri`.
    RedirectUriMissing { registered: Vec<RegisteredUri> },
    /// The app has not registered this `redirect_uri`.
    RedirectUriUnregistered { sent: String, registered: Vec<RegisteredUri>, near: Option<String> },
    /// There is no `response_type`.
    ResponseTypeMissing,
    /// No app can use this `response_type`.
    ResponseTypeUnsupported { received: String },
    /// The app has no grant for this `response_type`.
    ResponseTypeNotAllowed { received: &'static str, allowed: Vec<GrantType> },
    /// The `response_mode` is unknown.
    ResponseModeUnsupported { received: String },
    /// Tokens would appear in a query.
    ResponseModeQueryForToken,
    /// There is no `scope`.
    ScopeMissing,
    /// The `scope` contains characters that RFC 6749 §3.3 forbids.
    ScopeMalformed,
    /// The app may not ask for some of the scopes.
    ScopeUnknown { unknown: Vec<String>, known: Vec<String>, near: Option<String> },
    /// An ID token is requested without the scope `openid`.
    ScopeOpenidMissing,
    /// There is no `state`.
    StateMissing,
    /// There is no `nonce`.
    NonceMissing,
    /// The `prompt` is unknown.
    PromptUnknown { received: String },
    /// The `prompt` combines `none` with other values.
    PromptNoneWithOthers { received: String },
    /// The `max_age` is not a number of seconds.
    MaxAgeMalformed { received: String },
    /// An app without a secret does not use PKCE.
    ChallengeMissing,
    /// The `code_challenge_method` is not supported.
    ChallengeMethodUnsupported { received: String },
    /// The `code_challenge` is not one.
    ChallengeMalformed,
    /// The parameter `request` is present.
    RequestObjectUnsupported,
    /// The parameter `request_uri` is present.
    RequestUriUnsupported,
    /// The parameter `registration` is present.
    RegistrationUnsupported,
    /// The `id_token_hint` is not an ID token of this issuer.
    IdTokenHintInvalid,
    /// Nobody is signed in, and `prompt=none` forbids a sign-in page.
    LoginRequired,
}

impl AuthorizeRefusal {
    /// Its details.
    #[expect(clippy::too_many_lines, reason = "a table: one entry for each refusal")]
    pub(super) fn details(&self) -> Details {
        match self {
            Self::ClientIdMissing => Details {
                rule: rule::CLIENT_ID_MISSING,
                section: "RFC 6749 §4.1.1",
                expected: "client_id, the app's API Key".into(),
                received: "a request without client_id".into(),
                remedy: "add client_id={yourAPIKey}".into(),
                error: oauth(400, "invalid_request", CLIENT_ID_REQUIRED),
            },
            Self::RedirectUriMissing { .. } => Details {
                rule: rule::REDIRECT_URI_MISSING,
                section: "OpenID Connect Core §3.1.2.1",
                expected: "redirect_uri, one of the app's Callback URLs".into(),
                received: "a request without redirect_uri".into(),
                remedy: "add redirect_uri exactly as it is registered".into(),
                error: oauth(400, "invalid_request", LOGIN_REDIRECT_URI),
            },
            Self::RedirectUriUnregistered { sent, near, .. } => Details {
                rule: rule::REDIRECT_URI_UNREGISTERED,
                section: "RFC 6749 §3.1.2.4",
                expected: "one of the app's Callback URLs, character by character".into(),
                received: sent.into(),
                remedy: near
                    .as_deref()
                    .unwrap_or("register this Callback URL with the app, or send a registered one")
                    .into(),
                error: oauth(400, "invalid_request", LOGIN_REDIRECT_URI),
            },
            Self::ResponseTypeMissing => Details {
                rule: rule::RESPONSE_TYPE_MISSING,
                section: "RFC 6749 §3.1.1",
                expected: "response_type".into(),
                received: "a request without response_type".into(),
                remedy: "add response_type=code".into(),
                error: unsupported_response_type().in_oidc(oauth(
                    400,
                    "invalid_request",
                    parameter_missing("response_type"),
                )),
            },
            Self::ResponseTypeUnsupported { received } => Details {
                rule: rule::RESPONSE_TYPE_UNSUPPORTED,
                section: "RFC 6749 §3.1.1",
                expected: "code, token, id_token, or id_token token".into(),
                received: received.into(),
                remedy: "use response_type=code".into(),
                error: unsupported_response_type(),
            },
            Self::ResponseTypeNotAllowed { received, allowed } => Details {
                rule: rule::RESPONSE_TYPE_NOT_ALLOWED,
                section: "RFC 6749 §4.2.2.1",
                expected: format!("a response type of the app's grants {}", bracketed(allowed)),
                received: (*received).into(),
                remedy: "use response_type=code, or allow the app the grant that this response type needs"
                    .into(),
                error: oauth(400, "unauthorized_client", grant_not_configured(allowed)),
            },
            Self::ResponseModeUnsupported { received } => Details {
                rule: rule::RESPONSE_MODE_UNSUPPORTED,
                section: "OAuth 2.0 Multiple Response Types §2.1",
                expected: "query, fragment or form_post".into(),
                received: received.into(),
                remedy: "leave response_mode out to use the default".into(),
                error: oauth(
                    400,
                    "invalid_request",
                    "The response mode is not supported by the authorization server.",
                ),
            },
            Self::ResponseModeQueryForToken => Details {
                rule: rule::RESPONSE_MODE_QUERY_FOR_TOKEN,
                section: "OAuth 2.0 Multiple Response Types §3.0",
                expected: "fragment or form_post when the callback contains tokens".into(),
                received: "response_mode=query".into(),
                remedy: "leave response_mode out".into(),
                error: oauth(400, "unsupported_response_mode", QUERY_FOR_TOKEN).in_oidc(oauth(
                    400,
                    "invalid_request",
                    QUERY_FOR_TOKEN,
                )),
            },
            Self::ScopeMissing => Details {
                rule: rule::SCOPE_MISSING,
                section: "RFC 6749 §3.3",
                expected: "scope".into(),
                received: "a request without scope".into(),
                remedy: "add scope=openid to sign a user in, or scope=anonymous for client credentials"
                    .into(),
                error: oauth(
                    400,
                    "invalid_scope",
                    "The authorization server resource does not have any configured default scopes, \
                     'scope' must be provided.",
                ),
            },
            Self::ScopeMalformed => Details {
                rule: rule::SCOPE_MALFORMED,
                section: "RFC 6749 §3.3",
                expected: "words of printable ASCII without quotes and backslashes, separated by spaces"
                    .into(),
                received: "another character".into(),
                remedy: "send scopes such as openid profile".into(),
                error: oauth(400, "invalid_scope", UNKNOWN_SCOPE),
            },
            Self::ScopeUnknown { unknown, known, near } => Details {
                rule: rule::SCOPE_UNKNOWN,
                section: "RFC 6749 §3.3",
                expected: known.join(" "),
                received: unknown.join(" "),
                remedy: meant(near.as_deref(), "request known scopes only, or add this scope to the app"),
                error: oauth(400, "invalid_scope", UNKNOWN_SCOPE),
            },
            Self::ScopeOpenidMissing => Details {
                rule: rule::SCOPE_OPENID_MISSING,
                section: "OpenID Connect Core §3.2.2.1",
                expected: "the scope openid when an ID token is requested".into(),
                received: "a scope without openid".into(),
                remedy: "add openid".into(),
                error: oauth(
                    400,
                    "invalid_scope",
                    "The 'openid' scope is required when an 'id_token' is requested.",
                ),
            },
            Self::StateMissing => Details {
                rule: rule::STATE_MISSING,
                section: "RFC 6749 §10.12",
                expected: "state, which Okta requires".into(),
                received: "a request without state".into(),
                remedy: "send a new random state and compare it with the state in the callback".into(),
                error: oauth(
                    400,
                    "invalid_request",
                    "The authentication request has an invalid 'state' parameter.",
                ),
            },
            Self::NonceMissing => Details {
                rule: rule::NONCE_MISSING,
                section: "OpenID Connect Core §3.2.2.1",
                expected: "nonce when the callback contains tokens".into(),
                received: "a request without nonce".into(),
                remedy: "send a new random nonce and compare it with the nonce in the ID token".into(),
                error: oauth(
                    400,
                    "invalid_request",
                    "The 'nonce' parameter is required for authorize requests with either the \
                     'id_token' or 'token' response types..",
                ),
            },
            Self::PromptUnknown { received } => Details {
                rule: rule::PROMPT_UNKNOWN,
                section: "OpenID Connect Core §3.1.2.1",
                expected: "none, login, consent or select_account".into(),
                received: received.into(),
                remedy: "leave prompt out".into(),
                error: oauth(400, "invalid_request", INVALID_PROMPT),
            },
            Self::PromptNoneWithOthers { received } => Details {
                rule: rule::PROMPT_NONE_WITH_OTHERS,
                section: "OpenID Connect Core §3.1.2.1",
                expected: "none alone".into(),
                received: received.into(),
                remedy: "send none alone, or leave none out".into(),
                error: oauth(400, "invalid_request", INVALID_PROMPT),
            },
            Self::MaxAgeMalformed { received } => Details {
                rule: rule::MAX_AGE_MALFORMED,
                section: "OpenID Connect Core §3.1.2.1",
                expected: "a number of seconds".into(),
                received: received.into(),
                remedy: "send a number, for example max_age=3600".into(),
                error: oauth(
                    400,
                    "invalid_request",
                    "The authentication request has an invalid 'max_age' parameter.",
                ),
            },
            Self::ChallengeMissing => Details {
                rule: rule::CODE_CHALLENGE_MISSING,
                section: "RFC 7636 §4.4.1",
                expected: "code_challenge with code_challenge_method=S256, since the app has no secret"
                    .into(),
                received: "a request without code_challenge".into(),
                remedy: "use PKCE".into(),
                error: oauth(
                    400,
                    "invalid_request",
                    "PKCE code challenge is required when the token endpoint authentication method \
                     is 'NONE'.",
                ),
            },
            Self::ChallengeMethodUnsupported { received } => Details {
                rule: rule::CODE_CHALLENGE_METHOD_UNSUPPORTED,
                section: "RFC 7636 §4.4.1",
                expected: "code_challenge_method=S256".into(),
                received: received.into(),
                remedy: "hash the verifier with SHA-256 and send code_challenge_method=S256".into(),
                error: oauth(400, "invalid_request", "The 'code_challenge_method' must be 'S256'."),
            },
            Self::ChallengeMalformed => Details {
                rule: rule::CODE_CHALLENGE_MALFORMED,
                section: "RFC 7636 §4.2",
                expected: "43 to 128 characters of A-Z a-z 0-9 - . _ ~".into(),
                received: "another value".into(),
                remedy: "send BASE64URL(SHA256(code_verifier)) without padding".into(),
                error: oauth(
                    400,
                    "invalid_request",
                    "The 'code_challenge' must be 43 to 128 unreserved characters.",
                ),
            },
            Self::RequestObjectUnsupported => Details {
                rule: rule::REQUEST_UNSUPPORTED,
                section: "OpenID Connect Core §6.1",
                expected: PLAIN_PARAMETERS.into(),
                received: "a request object".into(),
                remedy: SEND_PLAIN_PARAMETERS.into(),
                error: oauth(400, "request_not_supported", "The 'request' parameter is not supported."),
            },
            Self::RequestUriUnsupported => Details {
                rule: rule::REQUEST_URI_UNSUPPORTED,
                section: "OpenID Connect Core §6.2",
                expected: PLAIN_PARAMETERS.into(),
                received: "request_uri".into(),
                remedy: SEND_PLAIN_PARAMETERS.into(),
                error: oauth(
                    400,
                    "request_uri_not_supported",
                    "The 'request_uri' parameter is not supported.",
                ),
            },
            Self::RegistrationUnsupported => Details {
                rule: rule::REGISTRATION_UNSUPPORTED,
                section: "OpenID Connect Core §7.2.1",
                expected: "a registered app".into(),
                received: "registration".into(),
                remedy: "register the app first".into(),
                error: oauth(
                    400,
                    "registration_not_supported",
                    "The 'registration' parameter is not supported.",
                ),
            },
            Self::IdTokenHintInvalid => Details {
                rule: rule::ID_TOKEN_HINT_INVALID,
                section: "OpenID Connect Core §3.1.2.1",
                expected: ID_TOKEN_OF_THIS_ISSUER.into(),
                received: "another value".into(),
                remedy: format!("{OWN_ID_TOKEN}, or leave id_token_hint out"),
                error: oauth(400, "invalid_request", HINT_INVALID),
            },
            Self::LoginRequired => Details {
                rule: rule::LOGIN_REQUIRED,
                section: "OpenID Connect Core §3.1.2.6",
                expected: "a session, since prompt=none forbids a sign-in page".into(),
                received: "a browser in which nobody is signed in".into(),
                remedy: "send the user again without prompt=none".into(),
                error: oauth(
                    400,
                    "login_required",
                    "The client specified not to prompt, but the user is not logged in.",
                ),
            },
        }
    }
}

fn unsupported_response_type() -> ByDialect {
    oauth(
        400,
        "unsupported_response_type",
        "The response type is not supported by the authorization server. Configured \
         response types: [code, token, id_token, id_token token]",
    )
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// One refusal of each kind.
    pub(crate) fn samples() -> Vec<AuthorizeRefusal> {
        vec![
            AuthorizeRefusal::ClientIdMissing,
            AuthorizeRefusal::RedirectUriMissing {
                registered: ["http://localhost:8080/"].map(RegisteredUri::new).to_vec(),
            },
            AuthorizeRefusal::RedirectUriUnregistered {
                sent: "http://localhost:1".into(),
                registered: ["http://localhost:8080/"].map(RegisteredUri::new).to_vec(),
                near: Some("near".into()),
            },
            AuthorizeRefusal::ResponseTypeMissing,
            AuthorizeRefusal::ResponseTypeUnsupported { received: "received".into() },
            AuthorizeRefusal::ResponseTypeNotAllowed {
                received: "token",
                allowed: vec![GrantType::AuthorizationCode, GrantType::RefreshToken],
            },
            AuthorizeRefusal::ResponseModeUnsupported { received: "received".into() },
            AuthorizeRefusal::ResponseModeQueryForToken,
            AuthorizeRefusal::ScopeMissing,
            AuthorizeRefusal::ScopeMalformed,
            AuthorizeRefusal::ScopeUnknown {
                unknown: vec!["a".into(), "b".into()],
                known: vec!["a".into(), "b".into()],
                near: Some("near".into()),
            },
            AuthorizeRefusal::ScopeOpenidMissing,
            AuthorizeRefusal::StateMissing,
            AuthorizeRefusal::NonceMissing,
            AuthorizeRefusal::PromptUnknown { received: "received".into() },
            AuthorizeRefusal::PromptNoneWithOthers { received: "received".into() },
            AuthorizeRefusal::MaxAgeMalformed { received: "received".into() },
            AuthorizeRefusal::ChallengeMissing,
            AuthorizeRefusal::ChallengeMethodUnsupported { received: "received".into() },
            AuthorizeRefusal::ChallengeMalformed,
            AuthorizeRefusal::RequestObjectUnsupported,
            AuthorizeRefusal::RequestUriUnsupported,
            AuthorizeRefusal::RegistrationUnsupported,
            AuthorizeRefusal::IdTokenHintInvalid,
            AuthorizeRefusal::LoginRequired,
        ]
    }
}
