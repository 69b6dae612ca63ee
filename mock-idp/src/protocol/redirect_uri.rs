//! Redirect URIs: what an app registers, what a request sends, and the only comparison of the two
//! (RFC 6749 §3.1.2, RFC 9700 §4.1.3, RFC 8252 §7.3).

use std::fmt;

use fortellis_service::is_loopback_host;
use serde::{
    Deserialize, Deserializer, Serialize,
    de::{self, MapAccess, Visitor, value::MapAccessDeserializer},
};
use url::Url;
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{RefOr, Schema},
};

/// How a sent redirect URI is compared with a registered one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Comparison {
    /// Character by character.
    Exact,
    /// Character by character, after an empty path became `/` and a default port was dropped on both sides.
    /// The tutorial registers `http://localhost:80` and sends `http://localhost:80/`.
    PathAndPortSupplied,
}

/// A redirect URI as an app registers it. As JSON and TOML: a string, or `{ url, any_port }`.
///
/// ```
/// use mock_idp::RegisteredUri;
///
/// let text = r#"["http://localhost:8080/", { "url": "http://127.0.0.1/cb", "any_port": true }]"#;
/// let callbacks: Vec<RegisteredUri> = serde_json::from_str(text)?;
/// assert_eq!(callbacks[0], RegisteredUri::new("http://localhost:8080/"));
/// // For a native app, which uses any free port.
/// assert_eq!(callbacks[1].to_string(), "http://127.0.0.1/cb (any port)");
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(into = "UriForm")]
pub struct RegisteredUri {
    /// The URI as written.
    pub url: String,
    /// Whether any port is accepted, for native apps on loopback (RFC 8252 §7.3).
    pub any_port: bool,
}

/// A redirect URI that an app registers: its URL, or an object.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
enum UriForm {
    Exact(String),
    Detailed(Detailed),
}

#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = CallbackWithPort)]
struct Detailed {
    /// The URL. Its port is ignored if `any_port` is true.
    url: String,
    /// Whether any port is accepted, for native apps on loopback (RFC 8252 §7.3).
    any_port: bool,
}

impl PartialSchema for RegisteredUri {
    fn schema() -> RefOr<Schema> {
        UriForm::schema()
    }
}

impl ToSchema for RegisteredUri {
    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        UriForm::schemas(schemas);
    }
}

impl<'de> Deserialize<'de> for RegisteredUri {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct UriVisitor;

        impl<'de> Visitor<'de> for UriVisitor {
            type Value = RegisteredUri;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a URL, or { url = \"…\", any_port = true }")
            }

            fn visit_str<E: de::Error>(self, url: &str) -> Result<RegisteredUri, E> {
                Ok(RegisteredUri::new(url))
            }

            fn visit_map<A: MapAccess<'de>>(self, members: A) -> Result<RegisteredUri, A::Error> {
                let Detailed { url, any_port } = Detailed::deserialize(MapAccessDeserializer::new(members))?;
                Ok(RegisteredUri { url, any_port })
            }
        }

        deserializer.deserialize_any(UriVisitor)
    }
}

impl From<RegisteredUri> for UriForm {
    fn from(uri: RegisteredUri) -> Self {
        match uri {
            RegisteredUri { url, any_port: false } => Self::Exact(url),
            RegisteredUri { url, any_port } => Self::Detailed(Detailed { url, any_port }),
        }
    }
}

impl RegisteredUri {
    /// A URI that must be sent exactly as it is.
    pub fn new(url: impl Into<String>) -> Self {
        Self { url: url.into(), any_port: false }
    }

    /// Why this URI cannot be redirected to, if it cannot: it is not absolute, it has a fragment, it uses http for another
    /// machine (RFC 9700 §2.6; allowed with `allow_http`), or it allows any port on another machine.
    pub(crate) fn impossible(&self, allow_http: bool) -> Option<&'static str> {
        let Ok(url) = Url::parse(&self.url) else { return Some("it is not an absolute URL") };
        if self.url.contains('#') {
            return Some("it has a fragment");
        }
        if self.url.bytes().any(|byte| byte.is_ascii_control() || byte == b' ') {
            return Some("it has a space or control character");
        }
        let loopback = url.host().is_some_and(|host| is_loopback_host(&host));
        match url.scheme() {
            "javascript" | "data" | "file" | "blob" | "about" | "vbscript" => Some("its scheme is not safe"),
            "http" if !loopback && !allow_http => Some("http is for this machine only; use https"),
            _ if self.any_port && !loopback => Some("any_port is for loopback addresses only"),
            _ => None,
        }
    }

    fn accepts(&self, sent: &str, comparison: Comparison) -> bool {
        if self.any_port {
            return match (without_port(&self.url), without_port(sent)) {
                (Some(registered), Some(sent)) => registered == sent,
                _ => false,
            };
        }
        match comparison {
            Comparison::Exact => self.url == sent,
            Comparison::PathAndPortSupplied => supplied(&self.url) == supplied(sent),
        }
    }
}

impl fmt::Display for RegisteredUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.url)?;
        f.write_str(if self.any_port { " (any port)" } else { "" })
    }
}

/// A redirect URI that is known to be registered, as the client sent it. Only [`RedirectUri::registered`] makes one, so
/// no answer goes to an address that was not checked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub(crate) struct RedirectUri(String);

impl RedirectUri {
    /// The sent URI, if one of the registered ones accepts it.
    pub(crate) fn registered(
        sent: &str,
        registered: &[RegisteredUri],
        comparison: Comparison,
    ) -> Option<Self> {
        registered.iter().any(|uri| uri.accepts(sent, comparison)).then(|| Self(sent.to_owned()))
    }

    /// The URI as sent.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

/// Splits `scheme://authority/rest` without interpreting any of it.
fn split(uri: &str) -> Option<(&str, &str, &str)> {
    let (scheme, rest) = uri.split_once("://")?;
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    Some((scheme, &rest[..end], &rest[end..]))
}

/// The URI with `/` for an empty path and without a default port. Nothing else is changed.
fn supplied(uri: &str) -> String {
    let Some((scheme, authority, rest)) = split(uri) else { return uri.to_owned() };
    let default_port = match scheme {
        "http" => ":80",
        "https" => ":443",
        _ => "",
    };
    let authority = authority.strip_suffix(default_port).unwrap_or(authority);
    let slash = if rest.starts_with('/') { "" } else { "/" };
    format!("{scheme}://{authority}{slash}{rest}")
}

/// The URI without its port. `None` if the port is not a number.
fn without_port(uri: &str) -> Option<String> {
    let (scheme, authority, rest) = split(uri)?;
    let port_at = match authority.rfind(':') {
        Some(at) if !authority[at..].contains(']') => at,
        _ => authority.len(),
    };
    let port = &authority[port_at..];
    let valid = port.is_empty() || port[1..].parse::<u16>().is_ok_and(|_| !port.contains('+'));
    valid.then(|| format!("{scheme}://{}{rest}", &authority[..port_at]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accepts(registered: &RegisteredUri, sent: &str, comparison: Comparison) -> bool {
        RedirectUri::registered(sent, std::slice::from_ref(registered), comparison).is_some()
    }

    #[test]
    fn the_tutorial_registers_without_a_slash_and_sends_one() {
        let registered = RegisteredUri::new("http://localhost:80");
        for sent in ["http://localhost:80/", "http://localhost:80", "http://localhost", "http://localhost/"] {
            assert!(accepts(&registered, sent, Comparison::PathAndPortSupplied), "{sent}");
        }
        assert!(!accepts(&registered, "http://localhost:80/", Comparison::Exact));
        assert!(accepts(&registered, "http://localhost:80", Comparison::Exact));
    }

    #[test]
    fn nothing_but_path_and_port_is_supplied() {
        let registered = RegisteredUri::new("http://localhost:80");
        for sent in [
            "http://LOCALHOST/",
            "http://localhost:80//",
            "http://localhost/./",
            "http://localhost:80/?x=1",
            "http://localhost:80/#f",
            "https://localhost:80/",
            "http://localhost:8080/",
            "http://localhost.evil.test/",
            "http://localhost:80@evil.test/",
            "http://localhost:443/",
            "localhost:80/",
            "",
        ] {
            assert!(!accepts(&registered, sent, Comparison::PathAndPortSupplied), "{sent}");
        }
    }

    #[test]
    fn any_port_allows_any_port_and_nothing_else() {
        let registered = RegisteredUri { url: "http://127.0.0.1/cb".into(), any_port: true };
        assert!(accepts(&registered, "http://127.0.0.1:51004/cb", Comparison::Exact));
        assert!(accepts(&registered, "http://127.0.0.1/cb", Comparison::Exact));
        for sent in [
            "http://127.0.0.1:51004/cb/",
            "http://localhost:51004/cb",
            "http://127.0.0.1:x/cb",
            "http://127.0.0.1:99999/cb",
            "http://127.0.0.1:+80/cb",
            "http://127.0.0.1:1@evil.test/cb",
        ] {
            assert!(!accepts(&registered, sent, Comparison::Exact), "{sent}");
        }
    }

    #[test]
    fn each_impossible_callback_has_its_reason() {
        let verdict = |url: &str, any_port| RegisteredUri { url: url.into(), any_port }.impossible(false);
        assert_eq!(verdict("/cb", false), Some("it is not an absolute URL"));
        assert_eq!(verdict("https://app.test/cb#x", false), Some("it has a fragment"));
        assert_eq!(verdict("http://app.test/cb", false), Some("http is for this machine only; use https"));
        assert_eq!(verdict("javascript:alert(1)", false), Some("its scheme is not safe"));
        assert_eq!(verdict("https://app.test/cb", true), Some("any_port is for loopback addresses only"));
        for fine in ["https://app.test/cb", "http://localhost:80", "http://[::1]:1/cb", "com.example.app:/cb"]
        {
            assert_eq!(verdict(fine, false), None, "{fine}");
        }
        assert_eq!(RegisteredUri::new("http://app.test/cb").impossible(true), None);
    }

    #[test]
    fn a_callback_is_written_as_a_string_or_a_table() {
        let uris: Vec<RegisteredUri> =
            serde_json::from_str(r#"["http://localhost:80",{"url":"http://127.0.0.1/cb","any_port":true}]"#)
                .unwrap();
        assert_eq!(uris[0], RegisteredUri::new("http://localhost:80"));
        assert!(uris[1].any_port);
        assert_eq!(
            serde_json::to_string(&uris).unwrap(),
            r#"["http://localhost:80",{"url":"http://127.0.0.1/cb","any_port":true}]"#
        );
    }
}
