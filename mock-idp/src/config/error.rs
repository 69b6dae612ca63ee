//! What is wrong with a configuration file: where, what, and what would be accepted.

use std::fmt;

use crate::protocol::near_miss::ParserMessage;

/// A configuration file that cannot be used, with all its flaws in the order of the file.
///
/// ```
/// use mock_idp::Config;
///
/// let error = Config::from_toml("mock.toml", "[isuer]\n[[app]]\nname = \"A\"\n").unwrap_err();
/// assert_eq!(error.flaws().len(), 2);
/// assert_eq!(
///     error.to_string(),
///     "mock.toml:1:2: unknown field `isuer`; did you mean `issuer`?\n\
///      mock.toml:2:1: missing field `api_key`; see the starter file that mock-idp init writes"
/// );
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct ConfigError {
    flaws: Vec<ConfigFlaw>,
}

/// One thing that is wrong with a configuration file, and its place.
///
/// ```
/// use mock_idp::Config;
///
/// let text = "[[app]]\nname = \"A\"\napi_key = \"a\"\ncallbacks = [\"http://localhost/\", \"/cb\"]\n";
/// let error = Config::from_toml("mock.toml", text).unwrap_err();
/// let flaw = &error.flaws()[0];
/// assert_eq!(flaw.place(), "mock.toml:4:35");
/// assert_eq!(flaw.field(), Some("app[0].callbacks[1]"));
/// assert!(flaw.problem().ends_with("it is not an absolute URL"));
/// assert!(flaw.remedy().starts_with("expected for example http://localhost:8080/"));
/// assert_eq!(flaw.advice(), format!("{}; {}", flaw.problem(), flaw.remedy()));
/// assert_eq!(flaw.to_string(), format!("{}: {}", flaw.place(), flaw.advice()));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigFlaw {
    file: String,
    line: usize,
    column: usize,
    field: Option<String>,
    problem: String,
    remedy: String,
}

impl ConfigError {
    /// All flaws. There is at least one.
    pub fn flaws(&self) -> &[ConfigFlaw] {
        &self.flaws
    }

    /// An error if there are flaws.
    pub(super) fn of_flaws(flaws: Vec<ConfigFlaw>) -> Result<(), Self> {
        if flaws.is_empty() { Ok(()) } else { Err(Self { flaws }) }
    }
}

/// One line for each flaw.
impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut flaws = self.flaws.iter();
        flaws.next().map_or(Ok(()), |first| first.fmt(f))?;
        flaws.try_for_each(|flaw| write!(f, "\n{flaw}"))
    }
}

impl fmt::Display for ConfigFlaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place(), self.advice())
    }
}

impl ConfigFlaw {
    /// Where it is in the file: `mock.toml:4:1`. Line and column are counted from 1.
    pub fn place(&self) -> String {
        format!("{}:{}:{}", self.file, self.line, self.column)
    }

    /// Which field it is about: `app[1].callbacks[0]`. Tables are counted from 0. `None` for broken syntax.
    pub fn field(&self) -> Option<&str> {
        self.field.as_deref()
    }

    /// What is wrong.
    pub fn problem(&self) -> &str {
        &self.problem
    }

    /// What would be accepted.
    pub fn remedy(&self) -> &str {
        &self.remedy
    }

    /// What is wrong, and what would be accepted.
    pub fn advice(&self) -> String {
        format!("{}; {}", self.problem, self.remedy)
    }
}

/// A flaw whose place is still an offset in the text.
#[derive(Debug)]
pub(super) struct FileFlaw {
    pub offset: usize,
    pub field: Option<String>,
    pub problem: String,
    pub remedy: String,
}

impl FileFlaw {
    /// Takes the parser's message, and for an unknown key or value names the nearest valid one.
    pub(super) fn of_message(offset: usize, field: Option<String>, message: &str) -> Self {
        let message = ParserMessage::parse(message);
        let remedy =
            message.remedy().unwrap_or_else(|| "see the starter file that mock-idp init writes".to_owned());
        Self { offset, field, problem: message.problem, remedy }
    }
}

/// Sorts flaws in the order of the file, and adds line and column. It reads the text once for all flaws.
pub(super) fn in_order(file: &str, text: &str, mut found: Vec<FileFlaw>) -> Vec<ConfigFlaw> {
    found.sort_by_key(|found| found.offset);
    let (mut line, mut column) = (1, 1);
    let mut characters = text.char_indices().peekable();
    let place = |found: FileFlaw| {
        while let Some((_, character)) = characters.next_if(|(offset, _)| *offset < found.offset) {
            (line, column) = if character == '\n' { (line + 1, 1) } else { (line, column + 1) };
        }
        let FileFlaw { field, problem, remedy, .. } = found;
        ConfigFlaw { file: file.to_owned(), line, column, field, problem, remedy }
    };
    found.into_iter().map(place).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flaws_are_in_the_order_of_the_file_with_line_and_column() {
        let found = |offset| FileFlaw::of_message(offset, None, "missing field `a`");
        let places: Vec<String> = in_order("f", "é = 1\nb\n", vec![found(9), found(0), found(3), found(7)])
            .iter()
            .map(ConfigFlaw::place)
            .collect();
        assert_eq!(places, ["f:1:1", "f:1:3", "f:2:1", "f:3:1"]);
    }
}
