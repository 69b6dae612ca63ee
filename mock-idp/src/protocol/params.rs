//! Request parameters: `application/x-www-form-urlencoded`, from a query or a body (RFC 6749 §3.1, Appendix B).

use std::fmt;

/// The parameters of one request. A parameter without a value counts as absent, and a repeated one has no value,
/// so neither can reach a rule (RFC 6749 §3.1: a parameter without a value is omitted, and none may be repeated).
#[derive(Clone, Default, PartialEq, Eq)]
pub(crate) struct Params(Vec<(String, String)>);

/// Why bytes cannot be decoded as parameters.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Unreadable {
    /// `%` without two hexadecimal digits.
    #[error("a '%' is not followed by two hexadecimal digits")]
    PercentEncoding,
    /// The decoded bytes are not UTF-8.
    #[error("the decoded text is not UTF-8")]
    Utf8,
    /// A control character, such as NUL.
    #[error("the decoded text has a control character")]
    Control,
}

impl Params {
    /// Decodes `name=value&…`. Unlike lenient parsers it refuses broken percent-encoding and bad UTF-8.
    pub(crate) fn parse(encoded: &[u8]) -> Result<Self, Unreadable> {
        let mut params = Self::default();
        for pair in encoded.split(|byte| *byte == b'&').filter(|pair| !pair.is_empty()) {
            let (name, value) = match pair.iter().position(|byte| *byte == b'=') {
                Some(at) => (&pair[..at], &pair[at + 1..]),
                None => (pair, &[][..]),
            };
            params.0.push((decode(name)?, decode(value)?));
        }
        params.0.retain(|(_, value)| !value.is_empty());
        Ok(params)
    }

    /// The parameter's value, if it was sent once and with a value.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        let mut values = self.0.iter().filter(|(key, _)| key == name).map(|(_, value)| value.as_str());
        let value = values.next()?;
        if values.next().is_some() { None } else { Some(value) }
    }

    /// Whether a parameter was sent at least once.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(key, _)| key == name)
    }

    /// Whether a parameter was sent more than once.
    pub(crate) fn is_repeated(&self, name: &str) -> bool {
        self.0.iter().filter(|(key, _)| key == name).count() > 1
    }

    /// The first parameter that was sent more than once.
    pub(crate) fn first_repeated(&self) -> Option<&str> {
        self.0.iter().map(|(name, _)| name.as_str()).find(|name| self.is_repeated(name))
    }

    /// Adds the parameters of another part of the same request. A parameter that is in both is repeated.
    #[must_use]
    pub(crate) fn merged_with(mut self, other: Self) -> Self {
        self.0.extend(other.0);
        self
    }

    /// Whether there are none.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Names and values, in the order in which they were sent.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

#[cfg(test)]
impl Params {
    /// Parameters that were sent once each: a valid case for a test to change in one place.
    pub(crate) fn of(pairs: &[(&str, &str)]) -> Self {
        pairs.iter().fold(Self::default(), |params, (name, value)| params.with(name, value))
    }

    /// The same with another value for one parameter.
    pub(crate) fn with(self, name: &str, value: &str) -> Self {
        let mut params = self.without(name);
        params.0.push((name.to_owned(), value.to_owned()));
        params
    }

    /// The same without one parameter.
    pub(crate) fn without(mut self, name: &str) -> Self {
        self.0.retain(|(own, _)| own != name);
        self
    }
}

impl fmt::Debug for Params {
    /// Names only: values may be secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.iter().map(|(name, _)| name)).finish()
    }
}

/// Decodes one name or value: `+` is a space, `%XX` a byte of UTF-8.
pub(crate) fn decode(encoded: &[u8]) -> Result<String, Unreadable> {
    let mut bytes = Vec::with_capacity(encoded.len());
    let mut rest = encoded.iter();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let high = rest.next().copied().and_then(hex).ok_or(Unreadable::PercentEncoding)?;
                let low = rest.next().copied().and_then(hex).ok_or(Unreadable::PercentEncoding)?;
                high * 16 + low
            }
            other => *other,
        });
    }
    let text = String::from_utf8(bytes).map_err(|_| Unreadable::Utf8)?;
    if text.chars().any(char::is_control) { Err(Unreadable::Control) } else { Ok(text) }
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn params(text: &str) -> Params {
        Params::parse(text.as_bytes()).unwrap()
    }

    #[test]
    fn a_parameter_without_a_value_is_absent() {
        let params = params("a=&b&c=1&&=");
        assert_eq!((params.get("a"), params.get("b"), params.get("c")), (None, None, Some("1")));
    }

    #[test]
    fn a_repeated_parameter_has_no_value() {
        let params = params("state=1&x=2&state=1");
        assert_eq!(params.get("state"), None);
        assert_eq!(params.first_repeated(), Some("state"));
        assert!(params.has("state") && params.is_repeated("state") && !params.is_repeated("x"));
    }

    #[test]
    fn query_and_body_together_are_one_request() {
        let merged = params("code=1").merged_with(params("code=1&x=2"));
        assert_eq!((merged.first_repeated(), merged.get("x")), (Some("code"), Some("2")));
    }

    #[test]
    fn broken_encodings_are_refused_with_their_reason() {
        assert_eq!(Params::parse(b"a=%zz"), Err(Unreadable::PercentEncoding));
        assert_eq!(Params::parse(b"a=%2"), Err(Unreadable::PercentEncoding));
        assert_eq!(Params::parse(b"a=%ff"), Err(Unreadable::Utf8));
        assert_eq!(Params::parse(b"a=\xff"), Err(Unreadable::Utf8));
        assert_eq!(Params::parse(b"a=%00"), Err(Unreadable::Control));
        assert_eq!(params("a=b+c%20d%C3%A9").get("a"), Some("b c dé"));
    }

    #[test]
    fn debug_shows_no_values() {
        assert_eq!(format!("{:?}", params("client_secret=s3cret")), r#"["client_secret"]"#);
    }

    proptest! {
        #[test]
        fn what_a_form_library_encodes_is_read_back(name in "[a-z_]{1,12}", value in "[^\\p{C}]{1,40}") {
            let encoded = form_urlencoded::Serializer::new(String::new()).append_pair(&name, &value).finish();
            let params = Params::parse(encoded.as_bytes()).unwrap();
            prop_assert_eq!(params.get(&name), Some(value.as_str()));
        }

        #[test]
        fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = Params::parse(&bytes);
        }
    }
}
