//! Which app is calling: client authentication at the token, introspection and revocation endpoints
//! (RFC 6749 §2.3). Pure.

use base64::{Engine, engine::general_purpose::STANDARD};

use crate::{
    directory::{App, Directory},
    protocol::{
        params::{self, Params},
        text::ApiSecret,
    },
    refusal::ClientRefusal,
};

/// The credentials of a request, as claimed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Claimed {
    api_key: String,
    secret: Option<ApiSecret>,
}

impl Claimed {
    /// Finds the credentials in the `Authorization` header or the body. Two ways at once are refused, and so are
    /// credentials in the query, which end up in logs.
    pub(crate) fn find(header: Option<&str>, body: &Params, query: &Params) -> Result<Self, ClientRefusal> {
        if query.has("client_id") || query.has("client_secret") {
            return Err(ClientRefusal::CredentialsInQuery);
        }
        let Some(header) = header else { return Self::from_body(body) };
        let claimed = from_basic(header)?;
        if body.has("client_secret") {
            return Err(ClientRefusal::CredentialsTwice);
        }
        // The key may stand in the body too, as long as it is the same.
        match body.get("client_id") {
            Some(api_key) if api_key != claimed.api_key => Err(ClientRefusal::ClientIdMismatch),
            _ => Ok(claimed),
        }
    }

    fn from_body(body: &Params) -> Result<Self, ClientRefusal> {
        match (body.get("client_id"), body.get("client_secret")) {
            (Some(api_key), secret) => {
                Ok(Self { api_key: api_key.to_owned(), secret: secret.map(ApiSecret::new) })
            }
            (None, Some(_)) => Err(ClientRefusal::ClientIdEmpty),
            (None, None) => Err(ClientRefusal::CredentialsMissing),
        }
    }

    /// The app, if it exists and proves who it is.
    pub(crate) fn authenticate<'a>(&self, directory: &'a Directory) -> Result<&'a App, ClientRefusal> {
        let app = directory.known_app(&self.api_key)?;
        match (&app.api_secret, &self.secret) {
            (Some(own), Some(sent)) if own == sent => Ok(app),
            (Some(_), Some(_)) => Err(ClientRefusal::SecretWrong),
            (Some(_), None) => Err(ClientRefusal::SecretMissing),
            (None, None) => Ok(app),
            (None, Some(_)) => Err(ClientRefusal::SecretFromPublicApp),
        }
    }
}

/// The API Key that a request names, however it breaks the rules: it decides how a refusal is worded.
pub(crate) fn named_api_key(header: Option<&str>, body: &Params, query: &Params) -> Option<String> {
    let in_header = header.and_then(|header| from_basic(header).ok()).map(|claimed| claimed.api_key);
    in_header.or_else(|| body.get("client_id").or_else(|| query.get("client_id")).map(str::to_owned))
}

/// Reads `Basic base64(key:secret)`, key and secret form-encoded first (RFC 6749 §2.3.1).
fn from_basic(header: &str) -> Result<Claimed, ClientRefusal> {
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
    Ok(Claimed { api_key, secret })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn params(text: &str) -> Params {
        Params::parse(text.as_bytes()).unwrap()
    }

    fn find(header: Option<&str>, body: &str, query: &str) -> Result<Claimed, ClientRefusal> {
        Claimed::find(header, &params(body), &params(query))
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
        assert_eq!(find(Some(&basic("a:%zz")), "", ""), Err(ClientRefusal::CredentialsUndecodable));
    }

    #[test]
    fn the_key_is_known_even_of_a_request_that_breaks_the_rules() {
        let named = |header: Option<&str>, body, query| named_api_key(header, &params(body), &params(query));
        assert_eq!(named(Some(&basic("a:b")), "client_id=c&client_secret=d", ""), Some("a".into()));
        assert_eq!(named(Some("Bearer x"), "client_id=c", ""), Some("c".into()));
        assert_eq!(named(None, "", "client_id=q"), Some("q".into()));
        assert_eq!(named(None, "client_id=a&client_id=b", ""), None);
    }

    #[test]
    fn what_is_no_credential_is_named() {
        assert_eq!(find(None, "", ""), Err(ClientRefusal::CredentialsMissing));
        assert_eq!(find(None, "client_id=&client_secret=x", ""), Err(ClientRefusal::ClientIdEmpty));
        assert_eq!(find(Some(&basic(":x")), "", ""), Err(ClientRefusal::ClientIdEmpty));
        assert_eq!(find(Some(&basic("a:b")), "client_secret=b", ""), Err(ClientRefusal::CredentialsTwice));
        assert_eq!(find(Some(&basic("a:b")), "client_id=c", ""), Err(ClientRefusal::ClientIdMismatch));
        assert_eq!(find(Some(&basic("a:b")), "", "client_id=a"), Err(ClientRefusal::CredentialsInQuery));
        for header in ["Basic", "Basic !", "Bearer abc", "Basic bm9jb2xvbg=="] {
            assert_eq!(find(Some(header), "", ""), Err(ClientRefusal::CredentialsUndecodable), "{header}");
        }
    }
}
