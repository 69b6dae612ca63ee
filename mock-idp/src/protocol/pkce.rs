//! Proof Key for Code Exchange (RFC 7636), method S256.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// The only supported `code_challenge_method` (RFC 9700 §2.1.1).
pub(crate) const S256: &str = "S256";

/// A `code_challenge`: what the code verifier must hash to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Challenge {
    challenge: String,
    /// `plain`, which only apps with the relaxed rule `plain_pkce` may use.
    plain: bool,
}

impl Challenge {
    /// Reads a challenge. `None` unless it is 43 to 128 unreserved characters (RFC 7636 §4.2).
    pub(crate) fn parse(text: &str, plain: bool) -> Option<Self> {
        is_unreserved(text).then(|| Self { challenge: text.to_owned(), plain })
    }

    /// Whether `verifier` matches it (RFC 7636 §4.6).
    pub(crate) fn is_opened_by(&self, verifier: &str) -> bool {
        if self.plain {
            return self.challenge == verifier;
        }
        is_unreserved(verifier) && URL_SAFE_NO_PAD.encode(Sha256::digest(verifier)) == self.challenge
    }
}

fn is_unreserved(text: &str) -> bool {
    (43..=128).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~'))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 7636 Appendix B.
    const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

    #[test]
    fn the_verifier_of_the_rfc_matches_its_challenge() {
        let challenge = Challenge::parse(CHALLENGE, false).unwrap();
        assert!(challenge.is_opened_by(VERIFIER));
        assert!(!challenge.is_opened_by(CHALLENGE));
        assert!(!challenge.is_opened_by(""));
    }

    #[test]
    fn length_and_alphabet_are_checked() {
        for text in ["short", &"!".repeat(43), &"a".repeat(129), ""] {
            assert_eq!(Challenge::parse(text, false), None);
        }
        assert!(Challenge::parse(&"a".repeat(128), false).is_some());
    }
}
