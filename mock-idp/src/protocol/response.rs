//! The response types of the authorization endpoint, and the parts of the callback URL that carry the answer
//! (RFC 6749 §3.1.1, OAuth 2.0 Multiple Response Type Encoding Practices).

use serde::{Deserialize, Serialize};

/// `response_type`: what the callback contains.
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
    /// All supported ones, in the order of the metadata.
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

    /// Reads the parameter. The order of the words does not matter.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        match text {
            "token id_token" => Some(Self::IdTokenToken),
            _ => Self::ALL.into_iter().find(|known| known.as_str() == text),
        }
    }

    /// Whether the callback contains tokens.
    pub(crate) const fn is_implicit(self) -> bool {
        !matches!(self, Self::Code)
    }

    /// Whether the callback contains an access token.
    pub(crate) const fn has_token(self) -> bool {
        matches!(self, Self::Token | Self::IdTokenToken)
    }

    /// Whether the callback contains an ID token.
    pub(crate) const fn has_id_token(self) -> bool {
        matches!(self, Self::IdToken | Self::IdTokenToken)
    }

    /// The mode of a request without `response_mode`.
    pub(crate) const fn default_mode(self) -> ResponseMode {
        if self.is_implicit() { ResponseMode::Fragment } else { ResponseMode::Query }
    }
}

/// `response_mode`: the part of the callback that contains the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum ResponseMode {
    /// `query`: after `?`.
    Query,
    /// `fragment`: after `#`.
    Fragment,
    /// `form_post`: as a form that the browser posts.
    FormPost,
}

impl ResponseMode {
    /// All supported ones, in the order of the metadata.
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
