//! `prompt`: how much of the person's attention a request asks for (OpenID Connect Core §3.1.2.1).

use serde::{Deserialize, Serialize};

/// What the request wants the person to be asked.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Prompt {
    /// Whatever is needed.
    #[default]
    AsNeeded,
    /// `none`: nothing; answer with an error where something is needed.
    None,
    /// `login`: the password again, session or not.
    Login,
}

/// The value of `prompt` makes no sense.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BadPrompt {
    /// `none` together with something else.
    NoneWithOthers,
    /// A word that is not known.
    Unknown,
}

impl Prompt {
    /// Reads the parameter. `consent` is known and asks for nothing: there is no consent page.
    pub(crate) fn parse(text: &str) -> Result<Self, BadPrompt> {
        let words: Vec<&str> = text.split(' ').filter(|word| !word.is_empty()).collect();
        if words.contains(&"none") {
            return if words.len() == 1 { Ok(Self::None) } else { Err(BadPrompt::NoneWithOthers) };
        }
        if words.iter().any(|word| !matches!(*word, "login" | "consent" | "select_account")) {
            return Err(BadPrompt::Unknown);
        }
        // Choosing an account is done on the sign-in page.
        let asks = words.iter().any(|word| matches!(*word, "login" | "select_account"));
        Ok(if asks { Self::Login } else { Self::AsNeeded })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn none_stands_alone() {
        assert_eq!(Prompt::parse("none"), Ok(Prompt::None));
        assert_eq!(Prompt::parse("none login"), Err(BadPrompt::NoneWithOthers));
        assert_eq!(Prompt::parse("login consent"), Ok(Prompt::Login));
        assert_eq!(Prompt::parse("consent"), Ok(Prompt::AsNeeded));
        assert_eq!(Prompt::parse("dance"), Err(BadPrompt::Unknown));
    }
}
