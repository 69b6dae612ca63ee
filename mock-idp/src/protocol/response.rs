//! What the authorization endpoint answers with, and where in the callback URL it puts it
//! (RFC 6749 §3.1.1, OAuth 2.0 Multiple Response Type Encoding Practices).

use serde::{Deserialize, Serialize};

/// `response_type`: what the callback brings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum ResponseType {
    /// `code`.
    Code,
    /// `token`, implicit.
    Token,
    /// `id_token`, implicit.
    IdToken,
    /// `id_token token`, implicit.
    IdTokenToken,
}

impl ResponseType {
    /// All that are served, as metadata lists them.
    pub(crate) const ALL: [Self; 4] = [Self::Code, Self::Token, Self::IdToken, Self::IdTokenToken];

    /// The value of `response_type`.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Code => "code",
            Self::Token => "token",
            Self::IdToken => "id_token",
            Self::IdTokenToken => "id_token token",
        }
    }

    /// Reads the parameter; the order of the words does not matter.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        match text {
            "token id_token" => Some(Self::IdTokenToken),
            _ => Self::ALL.into_iter().find(|known| known.as_str() == text),
        }
    }

    /// Whether tokens come straight in the callback.
    pub(crate) const fn is_implicit(self) -> bool {
        !matches!(self, Self::Code)
    }

    /// Whether an access token comes straight in the callback.
    pub(crate) const fn has_token(self) -> bool {
        matches!(self, Self::Token | Self::IdTokenToken)
    }

    /// Whether an ID token comes straight in the callback.
    pub(crate) const fn has_id_token(self) -> bool {
        matches!(self, Self::IdToken | Self::IdTokenToken)
    }

    /// Where the answer goes when the request names no `response_mode`.
    pub(crate) const fn default_mode(self) -> ResponseMode {
        if self.is_implicit() { ResponseMode::Fragment } else { ResponseMode::Query }
    }
}

/// `response_mode`: where in the callback the answer is put.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum ResponseMode {
    /// `query`: behind `?`.
    Query,
    /// `fragment`: behind `#`.
    Fragment,
    /// `form_post`: as a form that the browser posts.
    FormPost,
}

impl ResponseMode {
    /// All that are served, as metadata lists them.
    pub(crate) const ALL: [Self; 3] = [Self::Query, Self::Fragment, Self::FormPost];

    /// The value of `response_mode`.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Query => "query",
            Self::Fragment => "fragment",
            Self::FormPost => "form_post",
        }
    }

    /// Reads the parameter.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.as_str() == text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_of_a_response_type_have_no_order() {
        assert_eq!(ResponseType::parse("token id_token"), Some(ResponseType::IdTokenToken));
        assert_eq!(ResponseType::parse("id_token token"), Some(ResponseType::IdTokenToken));
        assert_eq!(ResponseType::parse("code token"), None);
        assert_eq!(ResponseType::Token.default_mode(), ResponseMode::Fragment);
    }
}
