//! Every reason for which a request is refused, with the rule behind it, what was expected, what came, and how to
//! mend it. One value explains itself on the error page, in the log line and in the journal; how it is worded on
//! the wire is the dialect's matter (`dialect::wording`).

use serde::Serialize;
use utoipa::ToSchema;

use super::{
    grant_type::{GrantType, bracketed},
    redirect_uri::RegisteredUri,
    timestamp::Timestamp,
};

/// A refused request. Variants carry what the explanation needs, never a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Refusal {
    // Any endpoint.
    Unreadable { why: String },
    ParameterRepeated { name: String },
    ParameterMissing { name: &'static str },
    BodyTooLarge { limit: usize },
    MediaTypeUnsupported { received: String },
    MethodNotAllowed { method: String, allowed: &'static str },
    // The authorization endpoint, before there is an address to answer to.
    ClientIdMissing,
    ClientUnknown { client_id: String, near: Option<String> },
    RedirectUriMissing { registered: Vec<RegisteredUri> },
    RedirectUriUnregistered { sent: String, registered: Vec<RegisteredUri>, near: Option<String> },
    // The sign-in page.
    SignInUnknown,
    SignInElsewhere,
    // The authorization endpoint, answered at the callback.
    ResponseTypeMissing,
    ResponseTypeUnsupported { received: String },
    ResponseTypeNotAllowed { received: &'static str, allowed: Vec<GrantType> },
    ResponseModeUnsupported { received: String },
    ResponseModeQueryForToken,
    ScopeMissing,
    ScopeMalformed,
    ScopeUnknown { unknown: Vec<String>, known: Vec<String>, near: Option<String> },
    ScopeOpenidMissing,
    StateMissing,
    NonceMissing,
    PromptUnknown { received: String },
    PromptNoneWithOthers { received: String },
    MaxAgeMalformed { received: String },
    ChallengeMissing,
    ChallengeMethodUnsupported { received: String },
    ChallengeMalformed,
    RequestObjectUnsupported,
    RequestUriUnsupported,
    RegistrationUnsupported,
    IdTokenHintInvalid,
    LoginRequired,
    SignedInAsAnother { username: String },
    Cancelled,
    // Who is calling.
    CredentialsMissing,
    CredentialsUndecodable,
    CredentialsTwice,
    CredentialsInQuery,
    ClientIdEmpty,
    SecretMissing,
    SecretWrong,
    SecretFromPublicApp,
    ClientIdMismatch,
    BrowserOriginUnregistered { origin: String },
    // The token endpoint.
    ParametersInQuery,
    GrantTypeMissing,
    GrantTypeUnsupported { received: String },
    GrantNotAllowed { grant: GrantType, allowed: Vec<GrantType> },
    CodeUnknown,
    CodeReplayed { redeemed_at: Timestamp },
    CodeExpired { issued_at: Timestamp, expired_at: Timestamp },
    CodeOfAnotherApp,
    RedirectUriMismatch { sent: String, authorized: String },
    VerifierMissing,
    VerifierWrong,
    VerifierUnexpected,
    ScopeNotForApps { scope: String },
    RefreshTokenUnknown,
    RefreshTokenRevoked,
    RefreshTokenReused,
    RefreshTokenExpired { idle_since: Timestamp },
    RefreshTokenOfAnotherApp,
    ScopeWidened { beyond: Vec<String> },
    // Bearer tokens.
    BearerMissing,
    BearerTwice,
    BearerMalformed,
    BearerSignature,
    BearerNotAccessToken,
    BearerIssuer { received: String },
    BearerExpired { expired_at: Timestamp },
    BearerNotYetValid { valid_from: Timestamp },
    BearerRevoked,
    BearerScope { needed: &'static str },
    // Logout.
    LogoutHintMissing,
    LogoutHintInvalid,
    LogoutHintOfAnotherApp { client_id: String },
    LogoutRedirectUnregistered { sent: String, registered: Vec<RegisteredUri>, near: Option<String> },
}

/// A refusal in words.
///
/// ```
/// use mock_idp::Explanation;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let idp = mock_idp::MockIdp::start().await?;
/// # let issuer = idp.default_issuer();
/// // Here a browser comes with an API Key that has lost its last character.
/// # let api_key = "TutorialAppKey00000000000000000";
/// # reqwest::get(format!("{}/v1/authorize?client_id={api_key}", issuer.url())).await?;
/// let why = issuer.journal().entries()[0].refusal.clone().unwrap();
/// let told = Explanation {
///     rule: "client_unknown",
///     section: "RFC 6749 §4.1.2.1",
///     expected: "the API Key of a registered app".to_owned(),
///     received: "TutorialAppKey00000000000000000".to_owned(),
///     remedy: "was TutorialAppKey000000000000000001 meant?".to_owned(),
/// };
/// assert_eq!(why, told);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Explanation {
    /// The rule's name, for tests and filters: `code_expired`.
    pub rule: &'static str,
    /// Where the rule stands: `RFC 6749 §4.1.2`.
    pub section: &'static str,
    /// What would have been accepted.
    pub expected: String,
    /// What came.
    pub received: String,
    /// What to do about it.
    pub remedy: String,
}

impl Refusal {
    /// The near miss, where one was found: what was probably meant.
    pub(crate) fn near(&self) -> Option<&str> {
        match self {
            Self::ClientUnknown { near, .. }
            | Self::RedirectUriUnregistered { near, .. }
            | Self::ScopeUnknown { near, .. }
            | Self::LogoutRedirectUnregistered { near, .. } => near.as_deref(),
            _ => None,
        }
    }

    /// The registered redirect URIs that the refusal is about.
    pub(crate) fn registered(&self) -> &[RegisteredUri] {
        match self {
            Self::RedirectUriMissing { registered }
            | Self::RedirectUriUnregistered { registered, .. }
            | Self::LogoutRedirectUnregistered { registered, .. } => registered,
            _ => &[],
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
        match self {
            Self::Unreadable { why } => row(
                "request_unreadable",
                "RFC 6749 Appendix B",
                "parameters as application/x-www-form-urlencoded in UTF-8",
                why,
                "let a library encode the parameters",
            ),
            Self::ParameterRepeated { name } => row(
                "parameter_repeated",
                "RFC 6749 §3.1",
                "each parameter once",
                &format!("{name} more than once"),
                &format!("send {name} once; mind that query and body count together"),
            ),
            Self::ParameterMissing { name } => row(
                "parameter_missing",
                "RFC 6749 §4.1.3",
                &format!("the parameter {name}"),
                "a request without it, or with an empty one",
                &format!("add {name}=…"),
            ),
            Self::BodyTooLarge { limit } => row(
                "body_too_large",
                "RFC 9110 §15.5.14",
                &format!("a body of at most {limit} bytes"),
                "a larger one",
                "send the parameters of one request only",
            ),
            Self::MediaTypeUnsupported { received } => row(
                "media_type_unsupported",
                "RFC 6749 §3.2",
                "Content-Type: application/x-www-form-urlencoded, or none",
                received,
                "send the parameters as a form; at the token endpoint the app's switch lenient = \
                 [\"json_token_request\"] allows JSON",
            ),
            Self::MethodNotAllowed { method, allowed } => {
                row("method_not_allowed", "RFC 9110 §15.5.6", allowed, method, &format!("use {allowed}"))
            }
            Self::ClientIdMissing => row(
                "client_id_missing",
                "RFC 6749 §4.1.1",
                "client_id, the app's API Key",
                "a request without client_id",
                "add client_id={yourAPIKey}",
            ),
            Self::ClientUnknown { client_id, near } => row(
                "client_unknown",
                "RFC 6749 §4.1.2.1",
                "the API Key of a registered app",
                client_id,
                &near.as_ref().map_or_else(
                    || "check the API Key, or register the app".to_owned(),
                    |near| format!("was {near} meant?"),
                ),
            ),
            Self::RedirectUriMissing { .. } => row(
                "redirect_uri_missing",
                "OpenID Connect Core §3.1.2.1",
                "redirect_uri, one of the app's Callback URLs",
                "a request without redirect_uri",
                "add redirect_uri, written as it is registered",
            ),
            Self::RedirectUriUnregistered { sent, near, .. } => row(
                "redirect_uri_unregistered",
                "RFC 6749 §3.1.2.4",
                "one of the app's Callback URLs, character by character",
                sent,
                near.as_deref()
                    .unwrap_or("register this Callback URL with the app, or send a registered one"),
            ),
            Self::SignInUnknown => row(
                "sign_in_unknown",
                "RFC 6749 §10.12",
                "the form of a sign-in page that is still open",
                "a form that belongs to no open sign-in page",
                "go back to the app and sign in from there",
            ),
            Self::SignInElsewhere => row(
                "sign_in_elsewhere",
                "RFC 6749 §10.12",
                "the form posted by the browser that the sign-in page was shown in",
                "a form without that browser's cookie",
                "allow cookies, and post the form with the cookies of the page it came with",
            ),
            Self::ResponseTypeMissing => row(
                "response_type_missing",
                "RFC 6749 §3.1.1",
                "response_type",
                "a request without response_type",
                "add response_type=code",
            ),
            Self::ResponseTypeUnsupported { received } => row(
                "response_type_unsupported",
                "RFC 6749 §3.1.1",
                "code, token, id_token, or id_token token",
                received,
                "use response_type=code",
            ),
            Self::ResponseTypeNotAllowed { received, allowed } => row(
                "response_type_not_allowed",
                "RFC 6749 §4.2.2.1",
                &format!("a response type of the app's grants {}", bracketed(allowed)),
                received,
                "use response_type=code, or allow the app the grant that this response type needs",
            ),
            Self::ResponseModeUnsupported { received } => row(
                "response_mode_unsupported",
                "OAuth 2.0 Multiple Response Types §2.1",
                "query, fragment or form_post",
                received,
                "leave response_mode out to get the usual one",
            ),
            Self::ResponseModeQueryForToken => row(
                "response_mode_query_for_token",
                "OAuth 2.0 Multiple Response Types §3.0",
                "fragment or form_post where tokens come in the callback",
                "response_mode=query",
                "leave response_mode out",
            ),
            Self::ScopeMissing => row(
                "scope_missing",
                "RFC 6749 §3.3",
                "scope",
                "a request without scope",
                "add scope=openid to sign a user in, or scope=anonymous for client credentials",
            ),
            Self::ScopeMalformed => row(
                "scope_malformed",
                "RFC 6749 §3.3",
                "words of printable ASCII without quotes and backslashes, separated by spaces",
                "a character outside that",
                "send scopes such as openid profile",
            ),
            Self::ScopeUnknown { unknown, known, near } => row(
                "scope_unknown",
                "RFC 6749 §3.3",
                &known.join(" "),
                &unknown.join(" "),
                &near.as_ref().map_or_else(
                    || "ask for known scopes only, or give the app this one".to_owned(),
                    |near| format!("was {near} meant?"),
                ),
            ),
            Self::ScopeOpenidMissing => row(
                "scope_openid_missing",
                "OpenID Connect Core §3.2.2.1",
                "the scope openid where an ID token is asked for",
                "a scope without openid",
                "add openid",
            ),
            Self::StateMissing => row(
                "state_missing",
                "RFC 6749 §10.12",
                "state, as Okta demands it",
                "a request without state",
                "send a fresh random state and compare it on return",
            ),
            Self::NonceMissing => row(
                "nonce_missing",
                "OpenID Connect Core §3.2.2.1",
                "nonce where tokens come in the callback",
                "a request without nonce",
                "send a fresh random nonce and compare it with the ID token's",
            ),
            Self::PromptUnknown { received } => row(
                "prompt_unknown",
                "OpenID Connect Core §3.1.2.1",
                "none, login, consent or select_account",
                received,
                "leave prompt out",
            ),
            Self::PromptNoneWithOthers { received } => row(
                "prompt_none_with_others",
                "OpenID Connect Core §3.1.2.1",
                "none alone",
                received,
                "choose none or the others",
            ),
            Self::MaxAgeMalformed { received } => row(
                "max_age_malformed",
                "OpenID Connect Core §3.1.2.1",
                "a number of seconds",
                received,
                "send for example max_age=3600",
            ),
            Self::ChallengeMissing => row(
                "code_challenge_missing",
                "RFC 7636 §4.4.1",
                "code_challenge with code_challenge_method=S256, since the app has no secret",
                "a request without code_challenge",
                "use PKCE",
            ),
            Self::ChallengeMethodUnsupported { received } => row(
                "code_challenge_method_unsupported",
                "RFC 7636 §4.4.1",
                "code_challenge_method=S256",
                received,
                "hash the verifier with SHA-256 and say S256",
            ),
            Self::ChallengeMalformed => row(
                "code_challenge_malformed",
                "RFC 7636 §4.2",
                "43 to 128 characters of A-Z a-z 0-9 - . _ ~",
                "something else",
                "send BASE64URL(SHA256(code_verifier)) without padding",
            ),
            Self::RequestObjectUnsupported => row(
                "request_unsupported",
                "OpenID Connect Core §6.1",
                "plain parameters",
                "a request object",
                "send the parameters themselves",
            ),
            Self::RequestUriUnsupported => row(
                "request_uri_unsupported",
                "OpenID Connect Core §6.2",
                "plain parameters",
                "request_uri",
                "send the parameters themselves",
            ),
            Self::RegistrationUnsupported => row(
                "registration_unsupported",
                "OpenID Connect Core §7.2.1",
                "a registered app",
                "registration",
                "register the app beforehand",
            ),
            Self::LoginRequired => row(
                "login_required",
                "OpenID Connect Core §3.1.2.6",
                "a session, since prompt=none forbids to ask",
                "a browser in which nobody is signed in",
                "send the user again without prompt=none",
            ),
            Self::Cancelled => row(
                "cancelled",
                "RFC 6749 §4.1.2.1",
                "a user who signs in",
                "the user pressed Cancel",
                "offer to sign in again",
            ),
            Self::CredentialsMissing => row(
                "client_credentials_missing",
                "RFC 6749 §3.2.1",
                "Authorization: Basic base64(API Key:API Secret)",
                "a request without client credentials",
                "send the header, or client_id and client_secret in the body",
            ),
            Self::CredentialsUndecodable => row(
                "client_credentials_undecodable",
                "RFC 6749 §2.3.1",
                "Authorization: Basic base64(API Key:API Secret)",
                "a header that does not decode to key:secret",
                "encode key, colon and secret together in standard base64",
            ),
            Self::CredentialsTwice => row(
                "client_credentials_twice",
                "RFC 6749 §2.3",
                "one way of authentication",
                "credentials in the header and in the body",
                "send the header alone",
            ),
            Self::CredentialsInQuery => row(
                "client_credentials_in_query",
                "RFC 6749 §2.3.1",
                "credentials in the header or the body",
                "credentials in the query",
                "send the header; what stands in a URL ends up in logs",
            ),
            Self::ClientIdEmpty => row(
                "client_id_empty",
                "RFC 6749 §2.3.1",
                "the app's API Key",
                "an empty one",
                "fill in the API Key",
            ),
            Self::SecretMissing => row(
                "client_secret_missing",
                "RFC 6749 §3.2.1",
                "the app's API Secret",
                "the API Key alone",
                "send the secret too, best in the header",
            ),
            Self::SecretWrong => row(
                "client_secret_wrong",
                "RFC 6749 §5.2",
                "the app's API Secret",
                "another one",
                "check the secret; it can be renewed, the key cannot",
            ),
            Self::SecretFromPublicApp => row(
                "client_secret_unexpected",
                "RFC 6749 §2.1",
                "client_id alone, since the app has no secret",
                "a secret",
                "leave the secret out and use PKCE",
            ),
            Self::ClientIdMismatch => row(
                "client_id_mismatch",
                "RFC 6749 §2.3.1",
                "the same API Key in header and body",
                "two different ones",
                "leave client_id out of the body",
            ),
            Self::BrowserOriginUnregistered { origin } => row(
                "browser_origin_unregistered",
                "RFC 9700 §2.6",
                "the origin of one of the app's Callback URLs",
                origin,
                "register a callback of that origin",
            ),
            Self::ParametersInQuery => row(
                "parameters_in_query",
                "RFC 6749 §3.2",
                "the parameters in the body",
                "parameters in the query",
                "send them as a form in the body; only dialect fortellis takes them from the query",
            ),
            Self::GrantTypeMissing => row(
                "grant_type_missing",
                "RFC 6749 §4.1.3",
                "grant_type",
                "a request without it, or with an empty one",
                "add grant_type=authorization_code",
            ),
            Self::GrantTypeUnsupported { received } => row(
                "grant_type_unsupported",
                "RFC 6749 §5.2",
                &bracketed(&GrantType::AT_TOKEN_ENDPOINT),
                received,
                "use a grant type of the list",
            ),
            Self::GrantNotAllowed { grant, allowed } => row(
                "grant_not_allowed",
                "RFC 6749 §5.2",
                &format!("a grant of the app: {}", bracketed(allowed)),
                grant.as_str(),
                "allow the app this grant, or use another app",
            ),
            Self::CodeUnknown => row(
                "code_unknown",
                "RFC 6749 §4.1.2",
                "a code that this issuer gave",
                "another one",
                "send the code as it stands in the callback, decoded once",
            ),
            Self::CodeReplayed { redeemed_at } => row(
                "code_replayed",
                "RFC 6749 §4.1.2",
                "a code that was not redeemed before",
                &format!("a code redeemed at {redeemed_at}; the tokens it gave are now revoked"),
                "post a code once; mind reloads and double effects",
            ),
            Self::CodeExpired { issued_at, expired_at } => row(
                "code_expired",
                "RFC 6749 §4.1.2",
                &format!("the code before {expired_at}"),
                &format!("a code issued at {issued_at}, too late"),
                "redeem the code at once; it lives 60 seconds",
            ),
            Self::CodeOfAnotherApp => row(
                "code_of_another_app",
                "RFC 6749 §4.1.3",
                "the app that asked for the code",
                "the credentials of another app",
                "use the same API Key at both endpoints",
            ),
            Self::RedirectUriMismatch { sent, authorized } => row(
                "redirect_uri_mismatch",
                "RFC 6749 §4.1.3",
                authorized,
                sent,
                "send the redirect_uri exactly as it was sent to authorize, slash included",
            ),
            Self::VerifierMissing => row(
                "code_verifier_missing",
                "RFC 7636 §4.5",
                "code_verifier, since the code was asked for with a code_challenge",
                "a request without it",
                "keep the verifier of the same sign-in and send it",
            ),
            Self::VerifierWrong => row(
                "code_verifier_wrong",
                "RFC 7636 §4.6",
                "the verifier whose SHA-256 is the code_challenge",
                "another one",
                "keep the verifier of the same sign-in and send it",
            ),
            Self::VerifierUnexpected => row(
                "code_verifier_unexpected",
                "RFC 9700 §2.1.1",
                "no code_verifier, since the code was asked for without a code_challenge",
                "a code_verifier",
                "send the code_challenge to authorize as well",
            ),
            Self::ScopeNotForApps { scope } => row(
                "scope_not_for_apps",
                "OpenID Connect Core §3.1.2.1",
                "a scope that needs no user, such as anonymous",
                scope,
                "use scope=anonymous",
            ),
            Self::RefreshTokenUnknown => row(
                "refresh_token_unknown",
                "RFC 6749 §6",
                "a refresh token that this issuer gave",
                "another one",
                "sign the user in again",
            ),
            Self::RefreshTokenRevoked => row(
                "refresh_token_revoked",
                "RFC 7009 §2.1",
                "a refresh token that was not revoked",
                "a revoked one",
                "sign the user in again",
            ),
            Self::RefreshTokenReused => row(
                "refresh_token_reused",
                "RFC 9700 §4.14.2",
                "the newest refresh token of its family",
                "one that was used before; the family is now revoked",
                "keep the refresh token of each answer, and refresh once at a time",
            ),
            Self::RefreshTokenExpired { idle_since } => row(
                "refresh_token_expired",
                "RFC 6749 §6",
                "a refresh token in use",
                &format!("one idle since {idle_since}"),
                "sign the user in again",
            ),
            Self::RefreshTokenOfAnotherApp => row(
                "refresh_token_of_another_app",
                "RFC 6749 §6",
                "the app that the refresh token was given to",
                "the credentials of another app",
                "use the API Key that the user signed in with",
            ),
            Self::ScopeWidened { beyond } => row(
                "scope_widened",
                "RFC 6749 §6",
                "scopes of the original grant",
                &beyond.join(" "),
                "leave scope out, or sign the user in again",
            ),
            Self::BearerMissing => row(
                "bearer_missing",
                "RFC 6750 §3.1",
                "Authorization: Bearer {access token}",
                "a request without it",
                "add the header",
            ),
            Self::BearerTwice => row(
                "bearer_twice",
                "RFC 6750 §2",
                "the token in one place",
                "the token in header and body",
                "send the header alone",
            ),
            Self::BearerMalformed => row(
                "bearer_malformed",
                "RFC 6750 §3.1",
                "an access token of this issuer",
                "something that is no JWT",
                "send access_token, not the code or the refresh token",
            ),
            Self::BearerSignature => row(
                "bearer_signature",
                "RFC 8725 §3.1",
                "a signature by one of this issuer's keys, RS256",
                "another one",
                "send the token as it came, to the issuer it came from",
            ),
            Self::BearerNotAccessToken => row(
                "bearer_not_access_token",
                "RFC 8725 §3.12",
                "an access token",
                "another kind of token",
                "send access_token, not id_token",
            ),
            Self::BearerIssuer { received } => row(
                "bearer_issuer",
                "RFC 8725 §3.8",
                "a token of this issuer",
                received,
                "send the token to the issuer it came from",
            ),
            Self::BearerExpired { expired_at } => row(
                "bearer_expired",
                "RFC 6750 §3.1",
                "a token before its expiry",
                &format!("a token that expired at {expired_at}"),
                "refresh the token, or sign the user in again",
            ),
            Self::BearerNotYetValid { valid_from } => row(
                "bearer_not_yet_valid",
                "RFC 7519 §4.1.5",
                "a token that is valid already",
                &format!("a token that is not valid before {valid_from}"),
                "wait until then, or get another token",
            ),
            Self::BearerRevoked => row(
                "bearer_revoked",
                "RFC 7009 §2.2",
                "a token that was not revoked",
                "a revoked one",
                "sign the user in again",
            ),
            Self::BearerScope { needed } => row(
                "bearer_scope",
                "RFC 6750 §3.1",
                &format!("a token with the scope {needed}"),
                "a token without it",
                &format!("ask for scope={needed} at authorize"),
            ),
            Self::LogoutHintMissing => row(
                "id_token_hint_missing",
                "OpenID Connect RP-Initiated Logout §2",
                "id_token_hint, the ID token of the sign-in",
                "a request without it",
                "send the ID token that the user was signed in with",
            ),
            Self::IdTokenHintInvalid => row(
                "id_token_hint_invalid",
                "OpenID Connect Core §3.1.2.1",
                "an ID token of this issuer, expired or not",
                "something else",
                "send the ID token that the user was signed in with, unchanged, or leave id_token_hint out",
            ),
            Self::SignedInAsAnother { username } => row(
                "signed_in_as_another",
                "OpenID Connect Core §3.1.2.2",
                "a sign-in of the user whom id_token_hint names",
                username,
                "sign in as that user, or leave id_token_hint out",
            ),
            Self::LogoutHintInvalid => row(
                "id_token_hint_invalid",
                "OpenID Connect RP-Initiated Logout §4",
                "an ID token of this issuer, expired or not",
                "something else",
                "send the ID token that the user was signed in with, unchanged",
            ),
            Self::LogoutHintOfAnotherApp { client_id } => row(
                "id_token_hint_of_another_app",
                "OpenID Connect RP-Initiated Logout §2",
                "the client_id that the ID token was made for",
                client_id,
                "send the app's own ID token, or leave client_id out",
            ),
            Self::LogoutRedirectUnregistered { sent, near, .. } => row(
                "post_logout_redirect_uri_unregistered",
                "OpenID Connect RP-Initiated Logout §3",
                "one of the app's post_logout_callbacks",
                sent,
                near.as_deref().unwrap_or("register it among the app's post_logout_callbacks"),
            ),
        }
    }
}
