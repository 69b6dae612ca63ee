//! Client authentication: which app sends a request to the token, introspection or revocation endpoint
//! (RFC 6749 §2.3). Pure.

use base64::{Engine, engine::general_purpose::STANDARD};

use crate::{
    directory::{App, Directory},
    protocol::{
        params::{self, Params},
        text::{ApiKey, ApiSecret},
    },
    refusal::ClientRefusal,
};

/// The credentials that a request carries. They are read once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Credentials {
    named: Option<ApiKey>,
    claimed: Result<Claimed, ClientRefusal>,
}

impl Credentials {
    /// Reads the credentials from the `Authorization` header or the body. Credentials in both are refused, and so are
    /// credentials in the query, because URLs are written to logs.
    pub(crate) fn read(header: Option<&str>, body: &Params, query: &Params) -> Self {
        let basic = header.map(Claimed::from_basic);
        let in_header = basic.as_ref().and_then(|basic| basic.as_ref().ok()).map(|it| it.api_key.clone());
        let elsewhere = || body.get("client_id").or_else(|| query.get("client_id")).map(ApiKey::new);
        Self { named: in_header.or_else(elsewhere), claimed: claimed(basic, body, query) }
    }

    /// The API Key that the request names, even if the request breaks the rules. It decides how a refusal is worded
    /// and which faults apply. It proves nothing.
    pub(crate) const fn named(&self) -> Option<&ApiKey> {
        self.named.as_ref()
    }

    /// The app, if it exists and proves its identity.
    pub(crate) fn authenticate<'a>(&self, directory: &'a Directory) -> Result<&'a App, ClientRefusal> {
        self.claimed.as_ref().map_err(Clone::clone)?.authenticate(directory)
    }
}

/// An API Key with its API Secret, as a request claims them. They are not compared with the directory yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Claimed {
    api_key: ApiKey,
    secret: Option<ApiSecret>,
}

/// The credentials of a request that keeps the rules.
fn claimed(
    basic: Option<Result<Claimed, ClientRefusal>>,
    body: &Params,
    query: &Params,
) -> Result<Claimed, ClientRefusal> {
    if query.has("client_id") || query.has("client_secret") {
        return Err(ClientRefusal::CredentialsInQuery);
    }
    let Some(basic) = basic else { return Claimed::from_body(body) };
    let claimed = basic?;
    if body.has("client_secret") {
        return Err(ClientRefusal::CredentialsTwice);
    }
    // The body may repeat the key of the header.
    match body.get("client_id") {
        Some(api_key) if api_key != claimed.api_key.as_str() => Err(ClientRefusal::ClientIdMismatch),
        _ => Ok(claimed),
    }
}

impl Claimed {
    /// Reads `Basic base64(key:secret)`. Key and secret are form-encoded first (RFC 6749 §2.3.1).
    pub(crate) fn from_basic(header: &str) -> Result<Self, ClientRefusal> {
        let undecodable = || ClientRefusal::CredentialsUndecodable;
        let (scheme, encoded) = header.split_once(' ').ok_or_else(undecodable)?;
        if !scheme.eq_ignore_ascii_case("basic") {
            return Err(undecodable());
        }
        let pair = STANDARD.decode(encoded.trim()).map_err(|_| undecodable())?;
        let colon = pair.iter().position(|byte| *byte == b':').ok_or_else(undecodable)?;
        let api_key = params::decode(&pair[..colon]).map_err(|_| undecodable())?;
        let secret = params::decode(&pair[colon + 1..]).map_err(|_| undecodable())?;
        if api_key.is_empty() {
            return Err(ClientRefusal::ClientIdEmpty);
        }
        let secret = (!secret.is_empty()).then(|| ApiSecret::new(secret));
        Ok(Self { api_key: ApiKey::new(api_key), secret })
    }

    fn from_body(body: &Params) -> Result<Self, ClientRefusal> {
        match (body.get("client_id"), body.get("client_secret")) {
            (Some(api_key), secret) => {
                Ok(Self { api_key: ApiKey::new(api_key), secret: secret.map(ApiSecret::new) })
            }
            (None, Some(_)) => Err(ClientRefusal::ClientIdEmpty),
            (None, None) => Err(ClientRefusal::CredentialsMissing),
        }
    }

    /// The app, if it exists and proves its identity.
    pub(crate) fn authenticate<'a>(&self, directory: &'a Directory) -> Result<&'a App, ClientRefusal> {
        let app = directory.known_app(self.api_key.as_str())?;
        match (&app.api_secret, &self.secret) {
            (Some(own), Some(sent)) if own == sent => Ok(app),
            (Some(_), Some(_)) => Err(ClientRefusal::SecretWrong),
            (Some(_), None) => Err(ClientRefusal::SecretMissing),
            (None, None) => Ok(app),
            (None, Some(_)) => Err(ClientRefusal::SecretFromPublicApp),
        }
    }
}

#[cfg(test)]
mod tests {
    use fixtures::tutorial_app::{API_KEY, API_SECRET};

    use super::*;
    use crate::Config;

    fn params(text: &str) -> Params {
        Params::parse(text.as_bytes()).unwrap()
    }

    fn read(header: Option<&str>, body: &str, query: &str) -> Credentials {
        Credentials::read(header, &params(body), &params(query))
    }

    fn claims(header: Option<&str>, body: &str, query: &str) -> Result<Claimed, ClientRefusal> {
        read(header, body, query).claimed
    }

    fn basic(pair: &str) -> String {
        format!("Basic {}", STANDARD.encode(pair))
    }

    fn claimed(api_key: &str, secret: Option<&str>) -> Claimed {
        Claimed { api_key: ApiKey::new(api_key), secret: secret.map(ApiSecret::new) }
    }

    #[test]
    fn credentials_are_found_in_header_or_body() {
        assert_eq!(claims(Some(&basic("key:s:e")), "", ""), Ok(claimed("key", Some("s:e"))));
        assert_eq!(claims(Some(&basic("key:")), "", ""), Ok(claimed("key", None)));
        assert_eq!(claims(Some(&basic("key:x")), "client_id=key", ""), Ok(claimed("key", Some("x"))));
        assert_eq!(claims(None, "client_id=key&client_secret=x", ""), Ok(claimed("key", Some("x"))));
        assert_eq!(claims(None, "client_id=key", ""), Ok(claimed("key", None)));
        let lower_case = basic("key:x").replace("Basic", "basic");
        assert_eq!(claims(Some(&lower_case), "", ""), Ok(claimed("key", Some("x"))));
    }

    #[test]
    fn key_and_secret_are_form_decoded() {
        assert_eq!(claims(Some(&basic("a%3Ab:c%25+d")), "", ""), Ok(claimed("a:b", Some("c% d"))));
        assert_eq!(claims(Some(&basic("a:%zz")), "", ""), Err(ClientRefusal::CredentialsUndecodable));
    }

    #[test]
    fn the_key_is_known_even_if_the_request_breaks_the_rules() {
        for (header, body, query, named) in [
            (Some(basic("a:b")), "client_id=c&client_secret=d", "", Some("a")),
            (Some(basic(":b")), "client_id=c", "", Some("c")),
            (Some("Bearer x".to_owned()), "client_id=c", "", Some("c")),
            (None, "client_id=c", "client_id=q", Some("c")),
            (None, "", "client_id=q", Some("q")),
            (None, "client_id=a&client_id=b", "", None),
            (None, "", "", None),
        ] {
            let credentials = read(header.as_deref(), body, query);
            assert_eq!(credentials.named().map(ApiKey::as_str), named, "{header:?} {body} {query}");
        }
    }

    #[test]
    fn credentials_that_break_the_rules_are_refused_by_name() {
        assert_eq!(claims(None, "", ""), Err(ClientRefusal::CredentialsMissing));
        assert_eq!(claims(None, "client_id=&client_secret=x", ""), Err(ClientRefusal::ClientIdEmpty));
        assert_eq!(claims(Some(&basic(":x")), "", ""), Err(ClientRefusal::ClientIdEmpty));
        assert_eq!(claims(Some(&basic("a:b")), "client_secret=b", ""), Err(ClientRefusal::CredentialsTwice));
        assert_eq!(claims(Some(&basic("a:b")), "client_id=c", ""), Err(ClientRefusal::ClientIdMismatch));
        for query in ["client_id=a", "client_secret=b"] {
            assert_eq!(
                claims(Some(&basic("a:b")), "", query),
                Err(ClientRefusal::CredentialsInQuery),
                "{query}"
            );
        }
        for header in ["Basic", "Basic !", "Bearer abc", "Basic bm9jb2xvbg==", ""] {
            assert_eq!(claims(Some(header), "", ""), Err(ClientRefusal::CredentialsUndecodable), "{header}");
        }
    }

    #[test]
    fn an_app_proves_its_identity_with_its_secret() {
        let directory = Config::demo().directory;
        let authenticated = |secret: &str| {
            let credentials = read(Some(&basic(&format!("{API_KEY}:{secret}"))), "", "");
            credentials.authenticate(&directory).map(|app| app.api_key.to_string())
        };
        assert_eq!(authenticated(API_SECRET), Ok(API_KEY.to_owned()));
        assert_eq!(authenticated("another"), Err(ClientRefusal::SecretWrong));
        assert_eq!(authenticated(""), Err(ClientRefusal::SecretMissing));
        let unknown = read(None, "client_id=TutorialAppKey00000000000000000", "");
        let refusal = ClientRefusal::ClientUnknown {
            client_id: "TutorialAppKey00000000000000000".into(),
            near: Some(API_KEY.into()),
        };
        assert_eq!(unknown.authenticate(&directory), Err(refusal));
        assert_eq!(read(None, "", "").authenticate(&directory), Err(ClientRefusal::CredentialsMissing));
    }

    #[test]
    fn a_public_app_has_no_secret_to_send() {
        let mut directory = Config::demo().directory;
        directory.apps[0].api_secret = None;
        let authenticated =
            |body: String| read(None, &body, "").authenticate(&directory).map(|app| &app.api_key);
        assert_eq!(authenticated(format!("client_id={API_KEY}")), Ok(&ApiKey::new(API_KEY)));
        let with_secret = format!("client_id={API_KEY}&client_secret=x");
        assert_eq!(authenticated(with_secret), Err(ClientRefusal::SecretFromPublicApp));
    }
}
