//! Masking: a secret is shown as `[masked:1a2b3c4d]`, the same for the same secret. A person can follow a code from the
//! callback to the token request, but nobody can use it.
//!
//! The eight digits are a salted hash. Without the salt, which never leaves the issuer, nobody can check a guessed
//! password against them. The header and the claims of a JWT stay readable and its signature is masked: a token without
//! its signature is useless, and its claims are what a person looks for. Pages are left out, because they may contain
//! codes and passwords anywhere.

use std::fmt;

use serde_json::Value;
use sha2::{Digest, Sha256};

use super::{
    entry::Entry,
    message::{Omission, RecordedAnswer, RecordedBody, RecordedRequest},
    secret::is_secret,
};
use crate::protocol::{jwt::Unverified, params::decode};

/// The path segment after this one identifies an open sign-in page.
const SIGN_IN: &str = "sign-in";

/// Masks with the salt of one issuer.
#[derive(Clone, Default)]
pub(crate) struct Mask {
    salt: [u8; 16],
}

/// The sender of a body: `code` is a secret in a request, and the name of an error in the gateway's answers.
#[derive(Clone, Copy, PartialEq, Eq)]
enum BodySender {
    Client,
    Server,
}

impl BodySender {
    fn keeps_secret(self, name: &str) -> bool {
        is_secret(name) && (self == Self::Client || name != "code")
    }
}

impl fmt::Debug for Mask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Mask([redacted])")
    }
}

impl Mask {
    pub(crate) const fn new(salt: [u8; 16]) -> Self {
        Self { salt }
    }

    /// The exchange without secrets.
    pub(super) fn entry(&self, entry: &Entry) -> Entry {
        let params = entry.params.iter().map(|(name, value)| {
            let value = if is_secret(name) { self.secret(value) } else { value.clone() };
            (name.clone(), value)
        });
        Entry {
            params: params.collect(),
            request: self.request(&entry.request),
            answer: self.answer(&entry.answer),
            ..entry.clone()
        }
    }

    fn request(&self, request: &RecordedRequest) -> RecordedRequest {
        let RecordedRequest { url, version, headers, body } = request;
        RecordedRequest {
            url: self.url(url),
            version: version.clone(),
            headers: self.headers(headers),
            body: self.body(body, request.header("content-type"), BodySender::Client),
        }
    }

    fn answer(&self, answer: &RecordedAnswer) -> RecordedAnswer {
        RecordedAnswer {
            headers: self.headers(&answer.headers),
            body: self.body(&answer.body, answer.header("content-type"), BodySender::Server),
        }
    }

    /// The mask of a secret.
    fn secret(&self, value: &str) -> String {
        let digest = Sha256::new().chain_update(self.salt).chain_update(value).finalize();
        let digits = u32::from_be_bytes([digest[0], digest[1], digest[2], digest[3]]);
        let mask = format!("[masked:{digits:08x}]");
        match value.rsplit_once('.') {
            Some((readable, _)) if Unverified::parse(value).is_some() => format!("{readable}.{mask}"),
            _ => mask,
        }
    }

    fn headers(&self, headers: &[(String, String)]) -> Vec<(String, String)> {
        let masked = headers.iter().map(|(name, value)| {
            let value = match name.as_str() {
                "authorization" | "proxy-authorization" => match value.split_once(' ') {
                    Some((scheme, credentials)) => format!("{scheme} {}", self.secret(credentials.trim())),
                    None => self.secret(value),
                },
                "cookie" => {
                    value.split(';').map(|pair| self.cookie(pair.trim())).collect::<Vec<_>>().join("; ")
                }
                "set-cookie" => {
                    let (pair, attributes) = value.split_at(value.find(';').unwrap_or(value.len()));
                    format!("{}{attributes}", self.cookie(pair))
                }
                "location" | "content-location" | "referer" => self.url(value),
                _ => value.clone(),
            };
            (name.clone(), value)
        });
        masked.collect()
    }

    fn cookie(&self, pair: &str) -> String {
        match pair.split_once('=') {
            Some((name, value)) if !value.is_empty() => format!("{name}={}", self.secret(value)),
            _ => pair.to_owned(),
        }
    }

    fn url(&self, url: &str) -> String {
        let (rest, fragment) = url.split_at(url.find('#').unwrap_or(url.len()));
        let (path, query) = rest.split_at(rest.find('?').unwrap_or(rest.len()));
        let mut masked = self.path(path);
        for part in [query, fragment] {
            if let Some(mark) = part.get(..1) {
                masked.push_str(mark);
                masked.push_str(&self.pairs(&part[1..]));
            }
        }
        masked
    }

    fn path(&self, path: &str) -> String {
        let mut follows = false;
        let segments = path.split('/').map(|segment| {
            let names_page = std::mem::replace(&mut follows, segment == SIGN_IN) && !segment.is_empty();
            if names_page { self.secret(segment) } else { segment.to_owned() }
        });
        segments.collect::<Vec<_>>().join("/")
    }

    /// `name=value&…`, as it was written except for the secrets.
    fn pairs(&self, pairs: &str) -> String {
        let masked = pairs.split('&').map(|pair| {
            let Some((name, value)) = pair.split_once('=') else { return pair.to_owned() };
            let hides_value = decode(name.as_bytes()).is_ok_and(|name| is_secret(&name));
            if !hides_value || value.is_empty() {
                return pair.to_owned();
            }
            let value = decode(value.as_bytes()).unwrap_or_else(|_| value.to_owned());
            format!("{name}={}", self.secret(&value))
        });
        masked.collect::<Vec<_>>().join("&")
    }

    fn body(&self, body: &RecordedBody, media_type: Option<&str>, sender: BodySender) -> RecordedBody {
        let Some(text) = &body.text else { return body.clone() };
        let media_type = media_type.unwrap_or_default().to_ascii_lowercase();
        let masked = match serde_json::from_str::<Value>(text) {
            Ok(mut value) if value.is_object() || value.is_array() => {
                let changed = self.json(&mut value, sender);
                Some(if changed { value.to_string() } else { text.clone() })
            }
            _ if ["json", "html", "multipart"].iter().any(|kind| media_type.contains(kind)) => None,
            _ => Some(self.pairs(text)),
        };
        match masked {
            Some(text) => RecordedBody { text: Some(text), ..body.clone() },
            None => RecordedBody::without(Omission::Masked, body.bytes),
        }
    }

    /// Masks every text in the value. Returns whether there was one.
    fn texts(&self, value: &mut Value) -> bool {
        match value {
            Value::String(text) => {
                *text = self.secret(text);
                true
            }
            Value::Array(items) => items.iter_mut().fold(false, |changed, item| self.texts(item) | changed),
            Value::Object(members) => {
                members.values_mut().fold(false, |changed, member| self.texts(member) | changed)
            }
            _ => false,
        }
    }

    /// Masks the secrets in the value. Returns whether there was one.
    fn json(&self, value: &mut Value, sender: BodySender) -> bool {
        let mut changed = false;
        match value {
            Value::Object(members) => {
                for (name, value) in members.iter_mut() {
                    changed |= match value {
                        Value::String(text) if sender.keeps_secret(name) => {
                            *text = self.secret(text);
                            true
                        }
                        // The mock does not read a secret from there, but the client has sent one.
                        value if sender == BodySender::Client && sender.keeps_secret(name) => {
                            self.texts(value)
                        }
                        value => self.json(value, sender),
                    };
                }
            }
            Value::Array(items) => {
                for item in items {
                    changed |= self.json(item, sender);
                }
            }
            _ => {}
        }
        changed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The mask of a secret, without its digits.
    fn plain(text: &str) -> String {
        let mut plain = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("[masked:") {
            plain.push_str(before);
            plain.push_str("[#]");
            rest = after.split_once(']').unwrap().1;
        }
        plain + rest
    }

    fn body(text: &str, media_type: &str, sender: BodySender) -> Option<String> {
        let body = RecordedBody::decoded(text.as_bytes(), text.len() as u64, false);
        let masked = Mask::default().body(&body, Some(media_type), sender);
        assert_eq!(masked.text.is_none(), masked.left_out == Some(Omission::Masked));
        masked.text.map(|text| plain(&text))
    }

    #[test]
    fn the_same_secret_has_the_same_mask_at_one_issuer_only() {
        let (one, other) = (Mask::new([1; 16]), Mask::new([2; 16]));
        assert_eq!(one.secret("s3cret"), one.secret("s3cret"));
        assert_ne!(one.secret("s3cret"), one.secret("another"));
        assert_ne!(one.secret("s3cret"), other.secret("s3cret"));
        assert_eq!(one.secret("s3cret").len(), "[masked:1a2b3c4d]".len());
    }

    #[test]
    fn only_the_signature_of_a_jwt_is_masked() {
        let mask = Mask::default();
        assert_eq!(plain(&mask.secret("e30.e30.c2ln")), "e30.e30.[#]");
        assert_eq!(plain(&mask.secret("e30.e30.c2ln.more")), "[#]");
        assert_eq!(plain(&mask.secret("a.b")), "[#]");
    }

    #[test]
    fn addresses_keep_everything_except_secrets() {
        let url = |url: &str| plain(&Mask::default().url(url));
        assert_eq!(
            url("http://localhost/cb?code=abc&state=x%20y#id_token=t&a"),
            "http://localhost/cb?code=[#]&state=x%20y#id_token=[#]&a"
        );
        assert_eq!(
            url("http://localhost/oauth2/a/sign-in/abc?x=1"),
            "http://localhost/oauth2/a/sign-in/[#]?x=1"
        );
        assert_eq!(url("/a?c%6Fde=abc&code="), "/a?c%6Fde=[#]&code=");
    }

    #[test]
    fn headers_keep_scheme_names_and_attributes() {
        let masked = |name: &str, value: &str| {
            plain(&Mask::default().headers(&[(name.to_owned(), value.to_owned())])[0].1)
        };
        assert_eq!(masked("authorization", "Bearer e30.e30.c2ln"), "Bearer e30.e30.[#]");
        assert_eq!(masked("authorization", "Basic YTpi"), "Basic [#]");
        assert_eq!(masked("authorization", "naked"), "[#]");
        assert_eq!(masked("cookie", "a=1; b=2"), "a=[#]; b=[#]");
        assert_eq!(masked("set-cookie", "a=1; Path=/; HttpOnly"), "a=[#]; Path=/; HttpOnly");
        assert_eq!(masked("set-cookie", "a=; Max-Age=0"), "a=; Max-Age=0");
        assert_eq!(masked("location", "/cb?code=1"), "/cb?code=[#]");
        assert_eq!(masked("subscription-id", "code=1"), "code=1");
    }

    #[test]
    fn bodies_keep_everything_except_secrets() {
        let form = "application/x-www-form-urlencoded";
        let sent = |text: &str, media_type: &str| body(text, media_type, BodySender::Client);
        let answered = |text: &str, media_type: &str| body(text, media_type, BodySender::Server);
        assert_eq!(sent("code=a%2Bb&grant_type=x", form).unwrap(), "code=[#]&grant_type=x");
        assert_eq!(sent("password=x", "").unwrap(), "password=[#]", "no media type is a form");
        assert_eq!(
            sent(r#"{"code":"x","a":[{"token":"t"},{"token":"u"}]}"#, "").unwrap(),
            r#"{"code":"[#]","a":[{"token":"[#]"},{"token":"[#]"}]}"#
        );
        assert_eq!(
            sent(r#"{"password":["x",{"y":"z"},1],"scope":["x"]}"#, "").unwrap(),
            r#"{"password":["[#]",{"y":"[#]"},1],"scope":["x"]}"#
        );
        let parts = "--b\r\nContent-Disposition: form-data; name=\"client_secret\"\r\n\r\nx\r\n--b--";
        assert_eq!(
            sent(parts, "multipart/form-data; boundary=b"),
            None,
            "a form that the mock does not read"
        );
        let json = "application/json";
        assert_eq!(answered(r#"{"code": "QUOTA-EXCEEDED"}"#, json).unwrap(), r#"{"code": "QUOTA-EXCEEDED"}"#);
        assert_eq!(
            answered(r#"{"access_token":"a","n":1}"#, json).unwrap(),
            r#"{"access_token":"[#]","n":1}"#
        );
        assert_eq!(answered(r#"{"access_token":"a"#, json), None, "it is not clear where the secret ends");
        assert_eq!(answered("<input value=\"abc\">", "text/html; charset=utf-8"), None);
        assert_eq!(answered("late", "text/plain").unwrap(), "late");
    }
}
