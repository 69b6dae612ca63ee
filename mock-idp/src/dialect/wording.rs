//! From the cause to the wire: the one match that says which status, error code and text a refusal gets.
//!
//! Okta's texts stand where they are known. Where Okta and the standards differ, the dialect decides.

use super::Dialect;
use crate::protocol::{
    grant_type::{GrantType, bracketed},
    refusal::Refusal,
};

/// Which of Okta's two JSON shapes an error has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    /// `{"error","error_description"}` (RFC 6749 §5.2).
    OAuth,
    /// `{"errorCode","errorSummary","errorLink","errorId","errorCauses"}`.
    Envelope,
}

/// An error as it goes out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Wire {
    /// The HTTP status, where the answer is not a redirect.
    pub status: u16,
    /// The JSON shape.
    pub shape: Shape,
    /// `error`, or `errorCode`.
    pub code: &'static str,
    /// `error_description`, or `errorSummary`.
    pub description: String,
}

/// The scopes that the sentence about a token's scope names.
const USERINFO_SCOPES: &str =
    "The access token must provide access to at least one of these scopes - profile, email, address or phone";

/// How `refusal` goes out to an app of `dialect`.
#[expect(clippy::too_many_lines, reason = "a table: one row a refusal")]
pub(crate) fn wire(refusal: &Refusal, dialect: Dialect) -> Wire {
    let fortellis = dialect == Dialect::Fortellis;
    let oauth = |status, code, description: &str| Wire {
        status,
        shape: Shape::OAuth,
        code,
        description: description.to_owned(),
    };
    let envelope = |status, code, description: &str| Wire {
        status,
        shape: Shape::Envelope,
        code,
        description: description.to_owned(),
    };
    match refusal {
        Refusal::Unreadable { why } => {
            oauth(400, "invalid_request", &format!("The request cannot be read: {}.", plain(why)))
        }
        Refusal::ParameterRepeated { .. } => {
            oauth(400, "invalid_request", "The request contained multiple parameters with the same name.")
        }
        Refusal::ParameterMissing { name } => {
            oauth(400, "invalid_request", &format!("The required parameter '{name}' is missing."))
        }
        Refusal::BodyTooLarge { .. } => oauth(413, "invalid_request", "The request body is too large."),
        Refusal::MediaTypeUnsupported { .. } if fortellis => envelope(
            400,
            "E0000021",
            "Bad request.  Accept and/or Content-Type headers likely do not match supported values.",
        ),
        Refusal::MediaTypeUnsupported { .. } => {
            oauth(400, "invalid_request", "The request body must be application/x-www-form-urlencoded.")
        }
        Refusal::MethodNotAllowed { .. } => {
            envelope(405, "E0000022", "The endpoint does not support the provided HTTP method")
        }
        Refusal::ClientIdMissing => {
            oauth(400, "invalid_request", "A client_id must be provided in the request.")
        }
        Refusal::ClientUnknown { .. } if fortellis => {
            envelope(401, "invalid_client", "Invalid value for 'client_id' parameter.")
        }
        Refusal::ClientUnknown { .. } => {
            oauth(401, "invalid_client", "Invalid value for 'client_id' parameter.")
        }
        Refusal::RedirectUriMissing { .. } | Refusal::RedirectUriUnregistered { .. } => oauth(
            400,
            "invalid_request",
            "The 'redirect_uri' parameter must be a Login redirect URI in the client app settings.",
        ),
        Refusal::SignInUnknown => oauth(400, "invalid_request", "This sign-in page is no longer valid."),
        Refusal::SignInElsewhere => oauth(
            400,
            "invalid_request",
            "This sign-in page was opened in another browser, or cookies are blocked.",
        ),
        Refusal::ResponseTypeMissing if !fortellis => {
            oauth(400, "invalid_request", "The required parameter 'response_type' is missing.")
        }
        Refusal::ResponseTypeMissing | Refusal::ResponseTypeUnsupported { .. } => oauth(
            400,
            "unsupported_response_type",
            "The response type is not supported by the authorization server. Configured response types: \
             [code, token, id_token, id_token token]",
        ),
        Refusal::ResponseTypeNotAllowed { allowed, .. } | Refusal::GrantNotAllowed { allowed, .. } => oauth(
            400,
            "unauthorized_client",
            &format!(
                "The client is not authorized to use the provided grant type. Configured grant types: {}.",
                bracketed(allowed)
            ),
        ),
        Refusal::ResponseModeUnsupported { .. } => {
            oauth(400, "invalid_request", "The response mode is not supported by the authorization server.")
        }
        Refusal::ResponseModeQueryForToken => oauth(
            400,
            if fortellis { "unsupported_response_mode" } else { "invalid_request" },
            "'query' response mode cannot be used with either the 'id_token' or 'token' response types.",
        ),
        Refusal::ScopeMissing => oauth(
            400,
            "invalid_scope",
            "The authorization server resource does not have any configured default scopes, 'scope' must be provided.",
        ),
        Refusal::ScopeMalformed | Refusal::ScopeUnknown { .. } => oauth(
            400,
            "invalid_scope",
            "One or more scopes are not configured for the authorization server resource.",
        ),
        Refusal::ScopeOpenidMissing => {
            oauth(400, "invalid_scope", "The 'openid' scope is required where an 'id_token' is requested.")
        }
        Refusal::StateMissing => {
            oauth(400, "invalid_request", "The authentication request has an invalid 'state' parameter.")
        }
        Refusal::NonceMissing => oauth(
            400,
            "invalid_request",
            "The 'nonce' parameter is required for authorize requests with either the 'id_token' or 'token' \
             response types..",
        ),
        Refusal::PromptUnknown { .. } | Refusal::PromptNoneWithOthers { .. } => {
            oauth(400, "invalid_request", "The authentication request has an invalid 'prompt' parameter.")
        }
        Refusal::MaxAgeMalformed { .. } => {
            oauth(400, "invalid_request", "The authentication request has an invalid 'max_age' parameter.")
        }
        Refusal::ChallengeMissing => oauth(
            400,
            "invalid_request",
            "PKCE code challenge is required when the token endpoint authentication method is 'NONE'.",
        ),
        Refusal::ChallengeMethodUnsupported { .. } => {
            oauth(400, "invalid_request", "The 'code_challenge_method' must be 'S256'.")
        }
        Refusal::ChallengeMalformed => {
            oauth(400, "invalid_request", "The 'code_challenge' must be 43 to 128 unreserved characters.")
        }
        Refusal::RequestObjectUnsupported => {
            oauth(400, "request_not_supported", "The 'request' parameter is not supported.")
        }
        Refusal::RequestUriUnsupported => {
            oauth(400, "request_uri_not_supported", "The 'request_uri' parameter is not supported.")
        }
        Refusal::RegistrationUnsupported => {
            oauth(400, "registration_not_supported", "The 'registration' parameter is not supported.")
        }
        Refusal::LoginRequired => {
            oauth(400, "login_required", "The client specified not to prompt, but the user is not logged in.")
        }
        Refusal::IdTokenHintInvalid => {
            oauth(400, "invalid_request", "The 'id_token_hint' parameter is invalid.")
        }
        Refusal::SignedInAsAnother { .. } => oauth(
            400,
            "login_required",
            "The user who signed in is not the one whom the 'id_token_hint' parameter names.",
        ),
        Refusal::Cancelled => {
            oauth(400, "access_denied", "The resource owner or authorization server denied the request.")
        }
        Refusal::CredentialsMissing => oauth(401, "invalid_client", "No client credentials found."),
        Refusal::CredentialsUndecodable => {
            oauth(401, "invalid_client", "Found Authentication header but was not valid client credentials.")
        }
        Refusal::CredentialsTwice => oauth(
            if fortellis { 401 } else { 400 },
            "invalid_request",
            "Cannot supply multiple client credentials. Use one of the following: credentials in the Authorization \
             header, credentials in the post body, or a client_assertion in the post body.",
        ),
        Refusal::CredentialsInQuery => {
            oauth(400, "invalid_request", "Client credentials cannot be supplied via query parameters.")
        }
        Refusal::ClientIdEmpty => {
            oauth(400, "invalid_client", "A client_id must be provided in the request.")
        }
        Refusal::SecretMissing | Refusal::SecretFromPublicApp | Refusal::ClientIdMismatch => oauth(
            401,
            "invalid_client",
            "Client authentication failed. Either the client or the client credentials are invalid.",
        ),
        Refusal::SecretWrong => {
            oauth(401, "invalid_client", "The client secret supplied for a confidential client is invalid.")
        }
        Refusal::BrowserOriginUnregistered { .. } => oauth(
            400,
            "invalid_request",
            "Browser requests to the token endpoint must be part of at least one whitelisted redirect_uri.",
        ),
        Refusal::ParametersInQuery => {
            oauth(400, "invalid_request", "The parameters must be sent in the request body.")
        }
        Refusal::GrantTypeMissing => oauth(
            400,
            "invalid_request",
            &format!(
                "The token request must specify a 'grant_type'. Valid values: {}",
                bracketed(&GrantType::AT_TOKEN_ENDPOINT)
            ),
        ),
        Refusal::GrantTypeUnsupported { .. } => oauth(
            400,
            "unsupported_grant_type",
            &format!(
                "The authorization grant type is not supported by the authorization server. Configured grant types: \
                 {}.",
                bracketed(&GrantType::AT_TOKEN_ENDPOINT)
            ),
        ),
        Refusal::CodeUnknown | Refusal::CodeReplayed { .. } | Refusal::CodeExpired { .. } => {
            oauth(400, "invalid_grant", "The authorization code is invalid or has expired.")
        }
        Refusal::CodeOfAnotherApp | Refusal::RefreshTokenOfAnotherApp => oauth(
            400,
            "invalid_grant",
            "The grant was issued to another client. Please make sure the 'client_id' matches the one used at the \
             authorize request.",
        ),
        Refusal::RedirectUriMismatch { .. } => oauth(
            400,
            "invalid_grant",
            "The 'redirect_uri' does not match the redirection URI used in the authorization request.",
        ),
        Refusal::VerifierMissing | Refusal::VerifierWrong | Refusal::VerifierUnexpected => {
            oauth(400, "invalid_grant", "PKCE verification failed.")
        }
        Refusal::ScopeNotForApps { scope } => oauth(
            400,
            "invalid_scope",
            &format!("Cannot request '{}' scopes using client credentials.", plain(scope)),
        ),
        Refusal::RefreshTokenUnknown
        | Refusal::RefreshTokenRevoked
        | Refusal::RefreshTokenReused
        | Refusal::RefreshTokenExpired { .. } => {
            oauth(400, "invalid_grant", "The refresh token is invalid or expired.")
        }
        Refusal::ScopeWidened { beyond } => oauth(
            400,
            if fortellis { "access_denied" } else { "invalid_scope" },
            &format!(
                "Some of the scopes requested for the refresh request were not granted in the original authorize \
                 request. Denied scopes: {}.",
                plain(&beyond.join(" "))
            ),
        ),
        Refusal::BearerMissing => oauth(401, "invalid_request", "The access token is missing."),
        Refusal::BearerTwice => {
            oauth(400, "invalid_request", "The access token must be sent in one place only.")
        }
        Refusal::BearerMalformed
        | Refusal::BearerSignature
        | Refusal::BearerNotAccessToken
        | Refusal::BearerIssuer { .. }
        | Refusal::BearerExpired { .. }
        | Refusal::BearerNotYetValid { .. }
        | Refusal::BearerRevoked => oauth(401, "invalid_token", "The access token is invalid"),
        Refusal::BearerScope { .. } => oauth(403, "insufficient_scope", USERINFO_SCOPES),
        Refusal::LogoutHintMissing => {
            oauth(400, "invalid_request", "The required parameter 'id_token_hint' is missing.")
        }
        Refusal::LogoutHintInvalid | Refusal::LogoutHintOfAnotherApp { .. } => {
            oauth(400, "invalid_token_hint", "The 'id_token_hint' parameter is invalid.")
        }
        Refusal::LogoutRedirectUnregistered { .. } => oauth(
            400,
            "invalid_request",
            "The 'post_logout_redirect_uri' parameter must be a Logout redirect URI in the client app settings.",
        ),
    }
}

/// What RFC 6749 §5.2 allows in `error_description`: printable ASCII without quotes and backslashes.
fn plain(text: &str) -> String {
    text.chars().map(|c| if matches!(c, ' '..='~') && c != '"' && c != '\\' { c } else { '?' }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn descriptions_keep_to_the_characters_of_the_rfc() {
        let wire = wire(&Refusal::ScopeNotForApps { scope: "a\"b\\cé".into() }, Dialect::Oidc);
        assert_eq!(wire.description, "Cannot request 'a?b?c?' scopes using client credentials.");
    }

    #[test]
    fn the_dialect_decides_where_okta_and_the_standards_differ() {
        let both = |refusal: &Refusal| {
            let (fortellis, oidc) = (wire(refusal, Dialect::Fortellis), wire(refusal, Dialect::Oidc));
            ((fortellis.status, fortellis.code), (oidc.status, oidc.code))
        };
        assert_eq!(both(&Refusal::CredentialsTwice), ((401, "invalid_request"), (400, "invalid_request")));
        assert_eq!(
            both(&Refusal::ScopeWidened { beyond: vec![] }),
            ((400, "access_denied"), (400, "invalid_scope"))
        );
        assert_eq!(
            both(&Refusal::ResponseTypeMissing),
            ((400, "unsupported_response_type"), (400, "invalid_request"))
        );
    }
}
