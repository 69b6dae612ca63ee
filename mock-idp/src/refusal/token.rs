//! What the token endpoint refuses.

use super::{
    details::Details,
    error::{ByDialect, oauth, printable},
    phrase::{ABSENT, ABSENT_OR_EMPTY, SIGN_IN_AGAIN, grant_not_configured},
    rule,
};
use crate::protocol::{
    grant_type::{GrantType, bracketed},
    timestamp::Timestamp,
};

const INVALID_CODE: &str = "The authorization code is invalid or has expired.";
const INVALID_REFRESH_TOKEN: &str = "The refresh token is invalid or expired.";
const PKCE_FAILED: &str = "PKCE verification failed.";
const OWN_VERIFIER: &str = "store the code_verifier of each sign-in and send it with the code";
const OTHER_APPS_CREDENTIALS: &str = "the credentials of another app";

/// A refused token request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum TokenRefusal {
    /// A page of an origin that is not registered calls the token endpoint.
    BrowserOriginUnregistered { origin: String },
    /// The parameters are in the query.
    ParametersInQuery,
    /// There is no `grant_type`.
    GrantTypeMissing,
    /// The `grant_type` is unknown.
    GrantTypeUnsupported { received: String },
    /// The app may not use the grant.
    GrantNotAllowed { grant: GrantType, allowed: Vec<GrantType> },
    /// The issuer did not issue the code.
    CodeUnknown,
    /// The code was used before.
    CodeReplayed { redeemed_at: Timestamp },
    /// The code has expired.
    CodeExpired { issued_at: Timestamp, expired_at: Timestamp },
    /// The code was issued to another app.
    CodeOfAnotherApp,
    /// The `redirect_uri` is not that of the authorization request.
    RedirectUriMismatch { sent: String, authorized: String },
    /// The `code_verifier` is missing.
    VerifierMissing,
    /// The `code_verifier` does not match the `code_challenge`.
    VerifierWrong,
    /// There is a `code_verifier`, and there was no `code_challenge`.
    VerifierUnexpected,
    /// The scope needs a user.
    ScopeNotForApps { scope: String },
    /// The issuer did not issue the refresh token.
    RefreshTokenUnknown,
    /// The refresh token was revoked.
    RefreshTokenRevoked,
    /// The refresh token was replaced by a newer one.
    RefreshTokenReused,
    /// The refresh token was not used for too long.
    RefreshTokenExpired { idle_since: Timestamp },
    /// The refresh token was issued to another app.
    RefreshTokenOfAnotherApp,
    /// The scope exceeds that of the original grant.
    ScopeWidened { beyond: Vec<String> },
}

impl TokenRefusal {
    /// Its details.
    #[expect(clippy::too_many_lines, reason = "a table: one entry for each refusal")]
    pub(super) fn details(&self) -> Details {
        match self {
            Self::BrowserOriginUnregistered { origin } => Details {
                rule: rule::BROWSER_ORIGIN_UNREGISTERED,
                section: "RFC 9700 §2.6",
                expected: "the origin of one of the app's Callback URLs".into(),
                received: origin.into(),
                remedy: "register a Callback URL with this origin".into(),
                error: oauth(
                    400,
                    "invalid_request",
                    "Browser requests to the token endpoint must be part of at least one whitelisted \
                     redirect_uri.",
                ),
            },
            Self::ParametersInQuery => Details {
                rule: rule::PARAMETERS_IN_QUERY,
                section: "RFC 6749 §3.2",
                expected: "the parameters in the body".into(),
                received: "parameters in the query".into(),
                remedy: "send them as a form in the body; only dialect fortellis takes them from the query"
                    .into(),
                error: oauth(400, "invalid_request", "The parameters must be sent in the request body."),
            },
            Self::GrantTypeMissing => Details {
                rule: rule::GRANT_TYPE_MISSING,
                section: "RFC 6749 §4.1.3",
                expected: "grant_type".into(),
                received: ABSENT_OR_EMPTY.into(),
                remedy: "add grant_type=authorization_code".into(),
                error: oauth(
                    400,
                    "invalid_request",
                    format!(
                        "The token request must specify a 'grant_type'. Valid values: {}",
                        bracketed(&GrantType::AT_TOKEN_ENDPOINT)
                    ),
                ),
            },
            Self::GrantTypeUnsupported { received } => Details {
                rule: rule::GRANT_TYPE_UNSUPPORTED,
                section: "RFC 6749 §5.2",
                expected: bracketed(&GrantType::AT_TOKEN_ENDPOINT),
                received: received.into(),
                remedy: "use one of the expected grant types".into(),
                error: oauth(
                    400,
                    "unsupported_grant_type",
                    format!(
                        "The authorization grant type is not supported by the authorization server. \
                     Configured grant types: {}.",
                        bracketed(&GrantType::AT_TOKEN_ENDPOINT)
                    ),
                ),
            },
            Self::GrantNotAllowed { grant, allowed } => Details {
                rule: rule::GRANT_NOT_ALLOWED,
                section: "RFC 6749 §5.2",
                expected: format!("a grant of the app: {}", bracketed(allowed)),
                received: grant.as_str().into(),
                remedy: "allow the app this grant, or use another app".into(),
                error: oauth(400, "unauthorized_client", grant_not_configured(allowed)),
            },
            Self::CodeUnknown => Details {
                rule: rule::CODE_UNKNOWN,
                section: "RFC 6749 §4.1.2",
                expected: "a code from this issuer".into(),
                received: "another code".into(),
                remedy: "send the code from the callback, URL-decoded once".into(),
                error: oauth(400, "invalid_grant", INVALID_CODE),
            },
            Self::CodeReplayed { redeemed_at } => Details {
                rule: rule::CODE_REPLAYED,
                section: "RFC 6749 §4.1.2",
                expected: "a code that was not redeemed before".into(),
                received: format!("a code redeemed at {redeemed_at}; its tokens are now revoked"),
                remedy: "exchange each code once; check for page reloads and for effects that run twice"
                    .into(),
                error: oauth(400, "invalid_grant", INVALID_CODE),
            },
            Self::CodeExpired { issued_at, expired_at } => Details {
                rule: rule::CODE_EXPIRED,
                section: "RFC 6749 §4.1.2",
                expected: format!("a code that is used before {expired_at}"),
                received: format!("a code that was issued at {issued_at} and has expired"),
                remedy: "redeem the code immediately; by default it is valid for 60 seconds".into(),
                error: oauth(400, "invalid_grant", INVALID_CODE),
            },
            Self::CodeOfAnotherApp => Details {
                rule: rule::CODE_OF_ANOTHER_APP,
                section: "RFC 6749 §4.1.3",
                expected: "the app that requested the code".into(),
                received: OTHER_APPS_CREDENTIALS.into(),
                remedy: "use the same API Key at both endpoints".into(),
                error: of_another_client(),
            },
            Self::RedirectUriMismatch { sent, authorized } => Details {
                rule: rule::REDIRECT_URI_MISMATCH,
                section: "RFC 6749 §4.1.3",
                expected: authorized.into(),
                received: sent.into(),
                remedy:
                    "send exactly the same redirect_uri as to authorize; a trailing slash makes a difference"
                        .into(),
                error: oauth(
                    400,
                    "invalid_grant",
                    "The 'redirect_uri' does not match the redirection URI used in the authorization \
                     request.",
                ),
            },
            Self::VerifierMissing => Details {
                rule: rule::CODE_VERIFIER_MISSING,
                section: "RFC 7636 §4.5",
                expected: "code_verifier, since the code was requested with a code_challenge".into(),
                received: ABSENT.into(),
                remedy: OWN_VERIFIER.into(),
                error: oauth(400, "invalid_grant", PKCE_FAILED),
            },
            Self::VerifierWrong => Details {
                rule: rule::CODE_VERIFIER_WRONG,
                section: "RFC 7636 §4.6",
                expected: "the verifier whose SHA-256 is the code_challenge".into(),
                received: "another verifier".into(),
                remedy: OWN_VERIFIER.into(),
                error: oauth(400, "invalid_grant", PKCE_FAILED),
            },
            Self::VerifierUnexpected => Details {
                rule: rule::CODE_VERIFIER_UNEXPECTED,
                section: "RFC 9700 §2.1.1",
                expected: "no code_verifier, since the code was requested without a code_challenge".into(),
                received: "a code_verifier".into(),
                remedy: "send the code_challenge to authorize as well".into(),
                error: oauth(400, "invalid_grant", PKCE_FAILED),
            },
            Self::ScopeNotForApps { scope } => Details {
                rule: rule::SCOPE_NOT_FOR_APPS,
                section: "OpenID Connect Core §3.1.2.1",
                expected: "a scope that needs no user, such as anonymous".into(),
                received: scope.into(),
                remedy: "use scope=anonymous".into(),
                error: oauth(
                    400,
                    "invalid_scope",
                    format!("Cannot request '{}' scopes using client credentials.", printable(scope)),
                ),
            },
            Self::RefreshTokenUnknown => Details {
                rule: rule::REFRESH_TOKEN_UNKNOWN,
                section: "RFC 6749 §6",
                expected: "a refresh token from this issuer".into(),
                received: "another token".into(),
                remedy: SIGN_IN_AGAIN.into(),
                error: oauth(400, "invalid_grant", INVALID_REFRESH_TOKEN),
            },
            Self::RefreshTokenRevoked => Details {
                rule: rule::REFRESH_TOKEN_REVOKED,
                section: "RFC 7009 §2.1",
                expected: "a refresh token that was not revoked".into(),
                received: "a revoked token".into(),
                remedy: SIGN_IN_AGAIN.into(),
                error: oauth(400, "invalid_grant", INVALID_REFRESH_TOKEN),
            },
            Self::RefreshTokenReused => Details {
                rule: rule::REFRESH_TOKEN_REUSED,
                section: "RFC 9700 §4.14.2",
                expected: "the newest refresh token of its family".into(),
                received: "a token that was used before; all tokens of the family are now revoked".into(),
                remedy: "store the refresh token of each answer, and run one refresh at a time".into(),
                error: oauth(400, "invalid_grant", INVALID_REFRESH_TOKEN),
            },
            Self::RefreshTokenExpired { idle_since } => Details {
                rule: rule::REFRESH_TOKEN_EXPIRED,
                section: "RFC 6749 §6",
                expected: "a refresh token that was used recently".into(),
                received: format!("a token that was last used at {idle_since}"),
                remedy: SIGN_IN_AGAIN.into(),
                error: oauth(400, "invalid_grant", INVALID_REFRESH_TOKEN),
            },
            Self::RefreshTokenOfAnotherApp => Details {
                rule: rule::REFRESH_TOKEN_OF_ANOTHER_APP,
                section: "RFC 6749 §6",
                expected: "the app that the refresh token was issued to".into(),
                received: OTHER_APPS_CREDENTIALS.into(),
                remedy: "use the API Key that the user signed in with".into(),
                error: of_another_client(),
            },
            Self::ScopeWidened { beyond } => Details {
                rule: rule::SCOPE_WIDENED,
                section: "RFC 6749 §6",
                expected: "scopes of the original grant".into(),
                received: beyond.join(" "),
                remedy: "leave scope out, or sign the user in again".into(),
                error: {
                    let denied = format!(
                        "Some of the scopes requested for the refresh request were not granted in the \
                         original authorize request. Denied scopes: {}.",
                        printable(&beyond.join(" "))
                    );
                    oauth(400, "access_denied", denied.clone()).in_oidc(oauth(400, "invalid_scope", denied))
                },
            },
        }
    }
}

fn of_another_client() -> ByDialect {
    oauth(
        400,
        "invalid_grant",
        "The grant was issued to another client. Please make sure the 'client_id' \
         matches the one used at the authorize request.",
    )
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// One refusal of each kind.
    pub(crate) fn samples() -> Vec<TokenRefusal> {
        vec![
            TokenRefusal::BrowserOriginUnregistered { origin: "http://localhost:9999".into() },
            TokenRefusal::ParametersInQuery,
            TokenRefusal::GrantTypeMissing,
            TokenRefusal::GrantTypeUnsupported { received: "received".into() },
            TokenRefusal::GrantNotAllowed {
                grant: GrantType::Implicit,
                allowed: vec![GrantType::AuthorizationCode, GrantType::RefreshToken],
            },
            TokenRefusal::CodeUnknown,
            TokenRefusal::CodeReplayed { redeemed_at: Timestamp::from_unix_seconds(1).unwrap() },
            TokenRefusal::CodeExpired {
                issued_at: Timestamp::from_unix_seconds(1).unwrap(),
                expired_at: Timestamp::from_unix_seconds(1).unwrap(),
            },
            TokenRefusal::CodeOfAnotherApp,
            TokenRefusal::RedirectUriMismatch {
                sent: "http://localhost:1".into(),
                authorized: "http://localhost:8080/".into(),
            },
            TokenRefusal::VerifierMissing,
            TokenRefusal::VerifierWrong,
            TokenRefusal::VerifierUnexpected,
            TokenRefusal::ScopeNotForApps { scope: "scope".into() },
            TokenRefusal::RefreshTokenUnknown,
            TokenRefusal::RefreshTokenRevoked,
            TokenRefusal::RefreshTokenReused,
            TokenRefusal::RefreshTokenExpired { idle_since: Timestamp::from_unix_seconds(1).unwrap() },
            TokenRefusal::RefreshTokenOfAnotherApp,
            TokenRefusal::ScopeWidened { beyond: vec!["a".into(), "b".into()] },
        ]
    }
}
