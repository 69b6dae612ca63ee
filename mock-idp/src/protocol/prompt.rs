//! `prompt`: what the person must be asked (OpenID Connect Core §3.1.2.1).

use serde::{Deserialize, Serialize};

/// What the person must be asked for the request.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Prompt {
    /// Only what is needed.
    #[default]
    AsNeeded,
    /// `none`: nothing. The answer is an error if something is needed.
    None,
    /// `login`: the password, even if there is a session.
    Login,
}

/// Why a value of `prompt` is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BadPrompt {
    /// `none` is combined with another value.
    NoneWithOthers,
    /// A value is unknown.
    Unknown,
}

impl Prompt {
    /// Reads the parameter. `consent` is accepted and has no effect, because there is no consent page.
    pub(crate) fn parse(text: &str) -> Result<Self, BadPrompt> {
        let words: Vec<&str> = text.split(' ').filter(|word| !word.is_empty()).collect();
        if words.contains(&"none") {
            return if words.len() == 1 { Ok(Self::None) } else { Err(BadPrompt::NoneWithOthers) };
        }
        if words.iter().any(|word| !matches!(*word, "login" | "consent" | "select_account")) {
            return Err(BadPrompt::Unknown);
        }
        // The account is selected on the sign-in page.
        let asks = words.iter().any(|word| matches!(*word, "login" | "select_account"));
        Ok(if asks { Self::Login } else { Self::AsNeeded })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn none_cannot_be_combined() {
        assert_eq!(Prompt::parse("none"), Ok(Prompt::None));
        assert_eq!(Prompt::parse("none login"), Err(BadPrompt::NoneWithOthers));
        assert_eq!(Prompt::parse("login consent"), Ok(Prompt::Login));
        assert_eq!(Prompt::parse("consent"), Ok(Prompt::AsNeeded));
        assert_eq!(Prompt::parse("dance"), Err(BadPrompt::Unknown));
    }
}
