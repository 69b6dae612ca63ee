//! The metadata of an issuer (RFC 8414 §2, OpenID Connect Discovery §3): exactly what it supports.

use serde::Serialize;

use super::{
    endpoint::Endpoint,
    grant_type::GrantType,
    pkce::S256,
    response::{ResponseMode, ResponseType},
    scope,
};

/// The scopes that every issuer knows.
pub(crate) const SCOPES: [&str; 5] =
    [scope::OPENID, scope::PROFILE, scope::EMAIL, scope::OFFLINE_ACCESS, scope::ANONYMOUS];

const CLIENT_AUTHENTICATION: [&str; 3] = ["client_secret_basic", "client_secret_post", "none"];

/// The two metadata documents.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Document {
    /// `/.well-known/openid-configuration`.
    OpenIdConfiguration,
    /// `/.well-known/oauth-authorization-server`.
    OAuthAuthorizationServer,
}

/// A metadata document, members in Okta's order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[expect(clippy::struct_excessive_bools, reason = "the standards name that many")]
pub(crate) struct Metadata {
    issuer: String,
    authorization_endpoint: String,
    token_endpoint: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    userinfo_endpoint: Option<String>,
    jwks_uri: String,
    response_types_supported: Vec<&'static str>,
    response_modes_supported: Vec<&'static str>,
    grant_types_supported: Vec<&'static str>,
    subject_types_supported: [&'static str; 1],
    #[serde(skip_serializing_if = "Option::is_none")]
    id_token_signing_alg_values_supported: Option<[&'static str; 1]>,
    scopes_supported: [&'static str; 5],
    token_endpoint_auth_methods_supported: [&'static str; 3],
    claims_supported: &'static [&'static str],
    code_challenge_methods_supported: [&'static str; 1],
    introspection_endpoint: String,
    introspection_endpoint_auth_methods_supported: [&'static str; 2],
    revocation_endpoint: String,
    revocation_endpoint_auth_methods_supported: [&'static str; 3],
    end_session_endpoint: String,
    request_parameter_supported: bool,
    request_uri_parameter_supported: bool,
    claims_parameter_supported: bool,
    authorization_response_iss_parameter_supported: bool,
}

impl Metadata {
    /// The document of the issuer at the front-channel URL `issuer`. Endpoints that a client's server calls are
    /// below `back_channel`, which is the same unless a container network needs another name.
    /// `iss_parameter` is whether every callback contains `iss` (RFC 9207 §3).
    pub(crate) fn new(
        document: Document,
        issuer: &str,
        back_channel: &str,
        iss_parameter: bool,
        path_of: impl Fn(Endpoint) -> &'static str,
    ) -> Self {
        let front = |endpoint| format!("{issuer}{}", path_of(endpoint));
        let back = |endpoint| format!("{back_channel}{}", path_of(endpoint));
        let openid = document == Document::OpenIdConfiguration;
        Self {
            issuer: issuer.to_owned(),
            authorization_endpoint: front(Endpoint::Authorize),
            token_endpoint: back(Endpoint::Token),
            userinfo_endpoint: openid.then(|| back(Endpoint::Userinfo)),
            jwks_uri: back(Endpoint::Keys),
            response_types_supported: ResponseType::ALL.map(ResponseType::as_str).to_vec(),
            response_modes_supported: ResponseMode::ALL.map(ResponseMode::as_str).to_vec(),
            grant_types_supported: [
                GrantType::AuthorizationCode,
                GrantType::Implicit,
                GrantType::RefreshToken,
                GrantType::ClientCredentials,
            ]
            .map(GrantType::as_str)
            .to_vec(),
            subject_types_supported: ["public"],
            id_token_signing_alg_values_supported: openid.then_some(["RS256"]),
            scopes_supported: SCOPES,
            token_endpoint_auth_methods_supported: CLIENT_AUTHENTICATION,
            claims_supported: if openid {
                &[
                    "iss",
                    "ver",
                    "sub",
                    "aud",
                    "iat",
                    "exp",
                    "jti",
                    "auth_time",
                    "amr",
                    "idp",
                    "nonce",
                    "name",
                    "given_name",
                    "family_name",
                    "preferred_username",
                    "email",
                    "email_verified",
                    "at_hash",
                ]
            } else {
                &["ver", "jti", "iss", "aud", "iat", "exp", "cid", "uid", "scp", "sub"]
            },
            code_challenge_methods_supported: [S256],
            introspection_endpoint: back(Endpoint::Introspect),
            introspection_endpoint_auth_methods_supported: ["client_secret_basic", "client_secret_post"],
            revocation_endpoint: back(Endpoint::Revoke),
            revocation_endpoint_auth_methods_supported: CLIENT_AUTHENTICATION,
            end_session_endpoint: front(Endpoint::Logout),
            request_parameter_supported: false,
            request_uri_parameter_supported: false,
            claims_parameter_supported: false,
            authorization_response_iss_parameter_supported: iss_parameter,
        }
    }
}
