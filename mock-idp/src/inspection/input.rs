//! Finds the token in a pasted text.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Map, Value};

use crate::protocol::jwt::Unverified;

/// Why a text contains no token.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NotAToken {
    /// Nothing was given.
    #[error("nothing was given; expected a JWT, a Bearer header, or a token answer")]
    Nothing,
    /// A text without dots.
    #[error("this is not a JWT: it has no dots; codes, refresh tokens and secrets have no readable content")]
    Opaque,
    /// Five parts (RFC 7516 §7.1).
    #[error("this is an encrypted token (JWE, five parts); only its recipient can read it")]
    Encrypted,
    /// Another number of parts (RFC 7515 §7.1).
    #[error("this is not a JWT: it has {0} parts; expected header.claims.signature")]
    Parts(usize),
    /// A part is malformed.
    #[error("this is not a JWT: the part {part} {problem}")]
    Part {
        /// Which part.
        part: &'static str,
        /// What is wrong with it.
        problem: String,
    },
    /// JSON without a token.
    #[error("this JSON has no access_token, only {}; expected a token answer", list(.0))]
    NoToken(Vec<String>),
    /// The text looks like JSON and is not.
    #[error("this looks like JSON and cannot be read: {0}")]
    Json(String),
}

fn list(members: &[String]) -> String {
    if members.is_empty() { "nothing".to_owned() } else { members.join(", ") }
}

/// The token in a text: alone, in an `Authorization` header, in quotes, broken into lines, or as the access token of
/// a token answer (or else its ID token).
pub(crate) fn token_in(text: &str) -> Result<(String, Unverified), NotAToken> {
    let text = text.trim();
    let token = if text.starts_with('{') { of_answer(text)? } else { of_header(text) };
    match Unverified::parse(&token) {
        Some(parsed) => Ok((token, parsed)),
        None => Err(why_not(&token)),
    }
}

fn of_answer(text: &str) -> Result<String, NotAToken> {
    let answer: Map<String, Value> =
        serde_json::from_str(text).map_err(|error| NotAToken::Json(error.to_string()))?;
    let token = ["access_token", "id_token"].iter().find_map(|name| answer.get(*name)?.as_str());
    token.map(str::to_owned).ok_or_else(|| NotAToken::NoToken(answer.keys().cloned().collect()))
}

fn of_header(text: &str) -> String {
    let behind = |text: &str, word: &str| -> Option<String> {
        let head = text.get(..word.len()).filter(|head| head.eq_ignore_ascii_case(word))?;
        Some(text[head.len()..].trim_start().to_owned())
    };
    let quote = |c: char| matches!(c, '"' | '\'' | '`');
    let text = text.trim_matches(quote);
    let text = behind(text, "authorization:").unwrap_or_else(|| text.to_owned());
    let text = behind(&text, "bearer ").unwrap_or(text);
    text.trim_matches(quote).split_whitespace().collect()
}

/// Why a text is not a token.
fn why_not(text: &str) -> NotAToken {
    const NAMES: [&str; 3] = ["header", "claims", "signature"];
    let parts: Vec<&str> = text.split('.').collect();
    match parts.len() {
        _ if text.is_empty() => return NotAToken::Nothing,
        1 => return NotAToken::Opaque,
        3 => {}
        5 => return NotAToken::Encrypted,
        count => return NotAToken::Parts(count),
    }
    let problem = |part: &str, is_json: bool| -> Option<String> {
        if part.contains(['+', '/', '=']) {
            return Some("is base64; expected base64url without padding: - for +, _ for /, no =".to_owned());
        }
        let bytes = match URL_SAFE_NO_PAD.decode(part) {
            Ok(bytes) => bytes,
            Err(error) => return Some(format!("is not base64url: {error}")),
        };
        let json = serde_json::from_slice::<Map<String, Value>>(&bytes);
        json.err().filter(|_| is_json).map(|error| format!("is not a JSON object: {error}"))
    };
    NAMES
        .into_iter()
        .zip(parts)
        .find_map(|(name, part)| Some((name, problem(part, name != "signature")?)))
        .map_or(NotAToken::Opaque, |(part, problem)| NotAToken::Part { part, problem })
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOKEN: &str = "eyJhbGciOiJub25lIn0.eyJhIjoxfQ.c2ln";

    #[test]
    fn a_token_is_found_in_the_text_around_it() {
        for text in [
            TOKEN.to_owned(),
            format!("  {TOKEN}\n"),
            format!("Bearer {TOKEN}"),
            format!("bearer   {TOKEN}"),
            format!("Authorization: Bearer {TOKEN}"),
            format!("\"{TOKEN}\""),
            format!("{}\n  {}", &TOKEN[..30], &TOKEN[30..]),
            format!("{{\"token_type\": \"Bearer\", \"access_token\": \"{TOKEN}\"}}"),
            format!("{{\"id_token\": \"{TOKEN}\"}}"),
        ] {
            assert_eq!(token_in(&text).unwrap().0, TOKEN, "{text}");
        }
    }

    #[test]
    fn a_text_without_a_token_gets_its_reason() {
        let error = |text: &str| token_in(text).unwrap_err().to_string();
        assert_eq!(error(" "), "nothing was given; expected a JWT, a Bearer header, or a token answer");
        assert!(error("dGhpcyBpcyBhIHJlZnJlc2ggdG9rZW4").starts_with("this is not a JWT: it has no dots"));
        assert_eq!(error("a.b"), "this is not a JWT: it has 2 parts; expected header.claims.signature");
        assert!(error("a.b.c.d.e").starts_with("this is an encrypted token"));
        assert_eq!(
            error("eyJhbGciOiJub25lIn0.eyJhIjoxfQ==.c2ln"),
            "this is not a JWT: the part claims is base64; expected base64url without padding: - for +, _ for /, no ="
        );
        assert!(error("e30.!!!.c2ln").starts_with("this is not a JWT: the part claims is not base64url: "));
        assert!(
            error("e30.W10.c2ln").starts_with("this is not a JWT: the part claims is not a JSON object: ")
        );
        assert!(error("e30.e30.%").starts_with("this is not a JWT: the part signature is not base64url: "));
        assert_eq!(
            error(r#"{"error":"invalid_grant","error_description":"x"}"#),
            "this JSON has no access_token, only error, error_description; expected a token answer"
        );
        assert!(error("{\"access_token\"").starts_with("this looks like JSON and cannot be read: "));
        assert!(error("é.é.é").starts_with("this is not a JWT: the part header is not base64url"));
    }
}
