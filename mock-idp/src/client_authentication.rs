//! Which app is calling: client authentication at the token, introspection and revocation endpoints
//! (RFC 6749 §2.3). Pure.

use base64::{Engine, engine::general_purpose::STANDARD};

use crate::{
    directory::{App, Directory},
    protocol::{
        params::{self, Params},
        refusal::Refusal,
        text::ApiSecret,
    },
};

/// The credentials of a request, read once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Credentials {
    /// The API Key that the request names, however it breaks the rules: it decides how a refusal is worded.
    pub(crate) named: Option<String>,
    /// What the request claims, if it keeps to the rules.
    pub(crate) claimed: Result<Claimed, Refusal>,
}

impl Default for Credentials {
    fn default() -> Self {
        Self { named: None, claimed: Err(Refusal::CredentialsMissing) }
    }
}

impl Credentials {
    /// Reads the credentials in the `Authorization` header, the body and the query.
    pub(crate) fn read(header: Option<&str>, body: &Params, query: &Params) -> Self {
        let in_header = header.map(from_basic);
        let named_in_header =
            in_header.as_ref().and_then(|basic| basic.as_ref().ok()).map(|claimed| claimed.api_key.clone());
        let in_params = || body.get("client_id").or_else(|| query.get("client_id")).map(str::to_owned);
        Self { named: named_in_header.or_else(in_params), claimed: Claimed::find(in_header, body, query) }
    }
}

/// The credentials of a request, as claimed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Claimed {
    api_key: String,
    secret: Option<ApiSecret>,
}

impl Claimed {
    /// Finds the credentials in the `Authorization` header or the body. Two ways at once are refused, and so are
    /// credentials in the query, which end up in logs.
    fn find(header: Option<Result<Self, Refusal>>, body: &Params, query: &Params) -> Result<Self, Refusal> {
        if query.has("client_id") || query.has("client_secret") {
            return Err(Refusal::CredentialsInQuery);
        }
        let Some(claimed) = header else { return Self::from_body(body) };
        let claimed = claimed?;
        if body.has("client_secret") {
            return Err(Refusal::CredentialsTwice);
        }
        // The key may stand in the body too, as long as it is the same.
        match body.get("client_id") {
            Some(api_key) if api_key != claimed.api_key => Err(Refusal::ClientIdMismatch),
            _ => Ok(claimed),
        }
    }

    fn from_body(body: &Params) -> Result<Self, Refusal> {
        match (body.get("client_id"), body.get("client_secret")) {
            (Some(api_key), secret) => {
                Ok(Self { api_key: api_key.to_owned(), secret: secret.map(ApiSecret::new) })
            }
            (None, Some(_)) => Err(Refusal::ClientIdEmpty),
            (None, None) => Err(Refusal::CredentialsMissing),
        }
    }

    /// The app, if it exists and proves who it is.
    pub(crate) fn authenticate<'a>(&self, directory: &'a Directory) -> Result<&'a App, Refusal> {
        let app = directory.known_app(&self.api_key)?;
        match (&app.api_secret, &self.secret) {
            (Some(own), Some(sent)) if own == sent => Ok(app),
            (Some(_), Some(_)) => Err(Refusal::SecretWrong),
            (Some(_), None) => Err(Refusal::SecretMissing),
            (None, None) => Ok(app),
            (None, Some(_)) => Err(Refusal::SecretFromPublicApp),
        }
    }
}

/// Reads `Basic base64(key:secret)`, key and secret form-encoded first (RFC 6749 §2.3.1).
fn from_basic(header: &str) -> Result<Claimed, Refusal> {
    let undecodable = || Refusal::CredentialsUndecodable;
    let (scheme, encoded) = header.split_once(' ').ok_or_else(undecodable)?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return Err(undecodable());
    }
    let pair = STANDARD.decode(encoded.trim()).map_err(|_| undecodable())?;
    let colon = pair.iter().position(|byte| *byte == b':').ok_or_else(undecodable)?;
    let api_key = params::decode(&pair[..colon]).map_err(|_| undecodable())?;
    let secret = params::decode(&pair[colon + 1..]).map_err(|_| undecodable())?;
    if api_key.is_empty() {
        return Err(Refusal::ClientIdEmpty);
    }
    let secret = (!secret.is_empty()).then(|| ApiSecret::new(secret));
    Ok(Claimed { api_key, secret })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn params(text: &str) -> Params {
        Params::parse(text.as_bytes()).unwrap()
    }

    fn find(header: Option<&str>, body: &str, query: &str) -> Result<Claimed, Refusal> {
        Credentials::read(header, &params(body), &params(query)).claimed
    }

    fn basic(pair: &str) -> String {
        format!("Basic {}", STANDARD.encode(pair))
    }

    fn claimed(api_key: &str, secret: Option<&str>) -> Claimed {
        Claimed { api_key: api_key.to_owned(), secret: secret.map(ApiSecret::new) }
    }

    #[test]
    fn credentials_are_found_in_header_or_body() {
        assert_eq!(find(Some(&basic("key:s:e")), "", ""), Ok(claimed("key", Some("s:e"))));
        assert_eq!(find(Some(&basic("key:x")), "client_id=key", ""), Ok(claimed("key", Some("x"))));
        assert_eq!(find(None, "client_id=key&client_secret=x", ""), Ok(claimed("key", Some("x"))));
        assert_eq!(find(None, "client_id=key", ""), Ok(claimed("key", None)));
        assert_eq!(
            find(Some(&basic("key:x").replace("Basic", "basic")), "", ""),
            Ok(claimed("key", Some("x")))
        );
    }

    #[test]
    fn key_and_secret_are_form_decoded() {
        assert_eq!(find(Some(&basic("a%3Ab:c%25+d")), "", ""), Ok(claimed("a:b", Some("c% d"))));
        assert_eq!(find(Some(&basic("a:%zz")), "", ""), Err(Refusal::CredentialsUndecodable));
    }

    #[test]
    fn the_key_is_known_even_of_a_request_that_breaks_the_rules() {
        let named = |header: Option<&str>, body, query| {
            Credentials::read(header, &params(body), &params(query)).named
        };
        assert_eq!(named(Some(&basic("a:b")), "client_id=c&client_secret=d", ""), Some("a".into()));
        assert_eq!(named(Some("Bearer x"), "client_id=c", ""), Some("c".into()));
        assert_eq!(named(None, "", "client_id=q"), Some("q".into()));
        assert_eq!(named(None, "client_id=a&client_id=b", ""), None);
    }

    #[test]
    fn what_is_no_credential_is_named() {
        assert_eq!(find(None, "", ""), Err(Refusal::CredentialsMissing));
        assert_eq!(find(None, "client_id=&client_secret=x", ""), Err(Refusal::ClientIdEmpty));
        assert_eq!(find(Some(&basic(":x")), "", ""), Err(Refusal::ClientIdEmpty));
        assert_eq!(find(Some(&basic("a:b")), "client_secret=b", ""), Err(Refusal::CredentialsTwice));
        assert_eq!(find(Some(&basic("a:b")), "client_id=c", ""), Err(Refusal::ClientIdMismatch));
        assert_eq!(find(Some(&basic("a:b")), "", "client_id=a"), Err(Refusal::CredentialsInQuery));
        for header in ["Basic", "Basic !", "Bearer abc", "Basic bm9jb2xvbg=="] {
            assert_eq!(find(Some(header), "", ""), Err(Refusal::CredentialsUndecodable), "{header}");
        }
    }
}
