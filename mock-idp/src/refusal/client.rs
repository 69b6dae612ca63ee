//! What client authentication refuses: the app that calls, and how it proves who it is.

use super::{
    details::Details,
    error::{envelope, oauth},
    phrase::{CLIENT_ID_REQUIRED, HEADER_ALONE, meant},
    rule,
};

const BASIC_HEADER: &str = "Authorization: Basic base64(API Key:API Secret)";
const API_SECRET: &str = "the app's API Secret";
const AUTHENTICATION_FAILED: &str = "Client authentication failed. Either the client or the client credentials are \
     invalid.";
const UNKNOWN_CLIENT: &str = "Invalid value for 'client_id' parameter.";
const SEVERAL_CREDENTIALS: &str = "Cannot supply multiple client credentials. Use one of the following: \
     credentials in the Authorization header, credentials in the post body, or a \
     client_assertion in the post body.";

/// A refused client authentication.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ClientRefusal {
    /// No app has this API Key.
    ClientUnknown { client_id: String, near: Option<String> },
    /// There are no client credentials.
    CredentialsMissing,
    /// The `Authorization` header does not contain a key and a secret.
    CredentialsUndecodable,
    /// The header and the body both contain credentials.
    CredentialsTwice,
    /// The query contains credentials.
    CredentialsInQuery,
    /// The API Key is empty.
    ClientIdEmpty,
    /// The app has a secret, and the request does not.
    SecretMissing,
    /// The secret is wrong.
    SecretWrong,
    /// The request has a secret, and the app does not.
    SecretFromPublicApp,
    /// The header and the body contain different API Keys.
    ClientIdMismatch,
}

impl ClientRefusal {
    /// Its details.
    #[expect(clippy::too_many_lines, reason = "a table: one entry for each refusal")]
    pub(super) fn details(&self) -> Details {
        match self {
            Self::ClientUnknown { client_id, near } => Details {
                rule: rule::CLIENT_UNKNOWN,
                section: "RFC 6749 §4.1.2.1",
                expected: "the API Key of a registered app".into(),
                received: client_id.into(),
                remedy: meant(near.as_deref(), "check the API Key, or register the app"),
                error: envelope(401, "invalid_client", UNKNOWN_CLIENT).in_oidc(oauth(
                    401,
                    "invalid_client",
                    UNKNOWN_CLIENT,
                )),
            },
            Self::CredentialsMissing => Details {
                rule: rule::CLIENT_CREDENTIALS_MISSING,
                section: "RFC 6749 §3.2.1",
                expected: BASIC_HEADER.into(),
                received: "a request without client credentials".into(),
                remedy: "send the header, or client_id and client_secret in the body".into(),
                error: oauth(401, "invalid_client", "No client credentials found."),
            },
            Self::CredentialsUndecodable => Details {
                rule: rule::CLIENT_CREDENTIALS_UNDECODABLE,
                section: "RFC 6749 §2.3.1",
                expected: BASIC_HEADER.into(),
                received: "a header that does not decode to key:secret".into(),
                remedy: "encode key, colon and secret together in standard base64".into(),
                error: oauth(
                    401,
                    "invalid_client",
                    "Found Authentication header but was not valid client credentials.",
                ),
            },
            Self::CredentialsTwice => Details {
                rule: rule::CLIENT_CREDENTIALS_TWICE,
                section: "RFC 6749 §2.3",
                expected: "one way of client authentication".into(),
                received: "credentials in the header and in the body".into(),
                remedy: HEADER_ALONE.into(),
                error: oauth(401, "invalid_request", SEVERAL_CREDENTIALS).in_oidc(oauth(
                    400,
                    "invalid_request",
                    SEVERAL_CREDENTIALS,
                )),
            },
            Self::CredentialsInQuery => Details {
                rule: rule::CLIENT_CREDENTIALS_IN_QUERY,
                section: "RFC 6749 §2.3.1",
                expected: "credentials in the header or the body".into(),
                received: "credentials in the query".into(),
                remedy: "send the header; URLs are often written to logs".into(),
                error: oauth(
                    400,
                    "invalid_request",
                    "Client credentials cannot be supplied via query parameters.",
                ),
            },
            Self::ClientIdEmpty => Details {
                rule: rule::CLIENT_ID_EMPTY,
                section: "RFC 6749 §2.3.1",
                expected: "the app's API Key".into(),
                received: "an empty API Key".into(),
                remedy: "fill in the API Key".into(),
                error: oauth(400, "invalid_client", CLIENT_ID_REQUIRED),
            },
            Self::SecretMissing => Details {
                rule: rule::CLIENT_SECRET_MISSING,
                section: "RFC 6749 §3.2.1",
                expected: API_SECRET.into(),
                received: "the API Key alone".into(),
                remedy: "send the secret too, preferably in the header".into(),
                error: oauth(401, "invalid_client", AUTHENTICATION_FAILED),
            },
            Self::SecretWrong => Details {
                rule: rule::CLIENT_SECRET_WRONG,
                section: "RFC 6749 §5.2",
                expected: API_SECRET.into(),
                received: "another secret".into(),
                remedy: "check the API Secret; it can be renewed, the API Key cannot".into(),
                error: oauth(
                    401,
                    "invalid_client",
                    "The client secret supplied for a confidential client is invalid.",
                ),
            },
            Self::SecretFromPublicApp => Details {
                rule: rule::CLIENT_SECRET_UNEXPECTED,
                section: "RFC 6749 §2.1",
                expected: "client_id alone, since the app has no secret".into(),
                received: "a secret".into(),
                remedy: "leave the secret out and use PKCE".into(),
                error: oauth(401, "invalid_client", AUTHENTICATION_FAILED),
            },
            Self::ClientIdMismatch => Details {
                rule: rule::CLIENT_ID_MISMATCH,
                section: "RFC 6749 §2.3.1",
                expected: "the same API Key in header and body".into(),
                received: "two different API Keys".into(),
                remedy: "leave client_id out of the body".into(),
                error: oauth(401, "invalid_client", AUTHENTICATION_FAILED),
            },
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// One refusal of each kind.
    pub(crate) fn samples() -> Vec<ClientRefusal> {
        vec![
            ClientRefusal::ClientUnknown { client_id: "Key1".into(), near: Some("near".into()) },
            ClientRefusal::CredentialsMissing,
            ClientRefusal::CredentialsUndecodable,
            ClientRefusal::CredentialsTwice,
            ClientRefusal::CredentialsInQuery,
            ClientRefusal::ClientIdEmpty,
            ClientRefusal::SecretMissing,
            ClientRefusal::SecretWrong,
            ClientRefusal::SecretFromPublicApp,
            ClientRefusal::ClientIdMismatch,
        ]
    }
}
