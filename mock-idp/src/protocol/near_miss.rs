//! Near misses: the known name that was probably meant by an unknown one.

use strsim::damerau_levenshtein;

/// The known word nearest to `word`: one that a typing error could have changed into it, or the only one that begins
/// with it.
pub(crate) fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let folded = word.to_lowercase();
    let known: Vec<(String, &str)> =
        known.into_iter().map(|candidate| (candidate.to_lowercase(), candidate)).collect();
    let slip = known
        .iter()
        .map(|(lower, candidate)| (damerau_levenshtein(&folded, lower), *candidate))
        .filter(|(distance, candidate)| *distance <= 1 + candidate.len() / 5)
        .min_by_key(|(distance, _)| *distance);
    slip.map(|(_, candidate)| candidate).or_else(|| only_one_begun_by(&folded, &known))
}

/// The shortest beginning that identifies a word: `code_lifetime` does, `ap` does not.
const BEGINNING: usize = 4;

/// The only word that begins with this. `None` if several do.
fn only_one_begun_by<'a>(beginning: &str, known: &[(String, &'a str)]) -> Option<&'a str> {
    let mut begun = known.iter().filter(|(lower, _)| lower.starts_with(beginning));
    let (_, candidate) = begun.next().filter(|_| beginning.len() >= BEGINNING)?;
    begun.next().is_none().then_some(*candidate)
}

/// A parser's message about a value that it refuses, split into its parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ParserMessage {
    /// What is wrong: "unknown field `secnds`".
    pub problem: String,
    /// What was probably meant: `seconds`.
    pub near: Option<String>,
    /// What would be accepted, in the parser's words.
    pub expected: Option<String>,
}

impl ParserMessage {
    /// Splits a message of serde: "unknown field `secnds`, expected `seconds`".
    pub(crate) fn parse(message: &str) -> Self {
        let Some((problem, expected)) = message.split_once(", expected ") else {
            return Self { problem: message.to_owned(), near: None, expected: None };
        };
        let quoted = |text: &'_ str| -> Vec<String> {
            text.split('`').skip(1).step_by(2).map(str::to_owned).collect()
        };
        let received = quoted(problem).pop().unwrap_or_default();
        let valid = quoted(expected);
        // If nothing was quoted, there is no name to compare.
        let near = Some(received.as_str())
            .filter(|received| !received.is_empty())
            .and_then(|received| nearest(received, valid.iter().map(String::as_str)))
            .map(str::to_owned);
        Self { problem: problem.to_owned(), near, expected: Some(of_type(expected)) }
    }

    /// How to correct it, if that is known.
    pub(crate) fn remedy(&self) -> Option<String> {
        match (&self.near, &self.expected) {
            (Some(near), _) => Some(format!("did you mean `{near}`?")),
            (None, Some(expected)) => Some(format!("expected {expected}")),
            (None, None) => None,
        }
    }
}

/// serde names Rust's types: `u16` becomes "a whole number from 0 to 65535".
fn of_type(expected: &str) -> String {
    // What follows the type says where it was expected.
    let (name, place) = expected.split_at(expected.find(' ').unwrap_or(expected.len()));
    let most = match name {
        "u8" => i64::from(u8::MAX),
        "u16" => i64::from(u16::MAX),
        "u32" => i64::from(u32::MAX),
        // Numbers beyond 64 bits with a sign are not read.
        "u64" | "usize" => i64::MAX,
        "i64" => return format!("a whole number of 64 bits{place}"),
        _ => return expected.to_owned(),
    };
    format!("a whole number from 0 to {most}{place}")
}

/// The only difference between a sent redirect URI and the nearest registered one, in words. `None` if there are several
/// differences.
pub(crate) fn redirect_uri(sent: &str, registered: &[String]) -> Option<String> {
    let mut nearest_first: Vec<&String> = registered.iter().collect();
    nearest_first.sort_by_key(|known| damerau_levenshtein(sent, known));
    nearest_first.into_iter().find_map(|known| {
        let difference = difference(sent, known)?;
        Some(format!("{known} is registered and differs only in {difference}"))
    })
}

fn difference(sent: &str, known: &str) -> Option<&'static str> {
    if sent.trim_end_matches('/') == known.trim_end_matches('/') {
        return Some("the trailing slash");
    }
    if sent.eq_ignore_ascii_case(known) {
        return Some("capital letters");
    }
    let (sent, known) = (url::Url::parse(sent).ok()?, url::Url::parse(known).ok()?);
    let parts = [
        ("the scheme (http or https)", sent.scheme() == known.scheme()),
        ("the host", sent.host_str() == known.host_str()),
        ("the port", sent.port() == known.port()),
        ("the path", sent.path() == known.path()),
        ("the query", sent.query() == known.query()),
        ("the fragment", sent.fragment() == known.fragment()),
    ];
    let mut unequal = parts.into_iter().filter(|(_, equal)| !equal);
    let (first, _) = unequal.next()?;
    unequal.next().is_none().then_some(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_typing_error_is_recognized_and_another_word_is_not() {
        let scopes = ["openid", "profile", "email", "offline_access"];
        assert_eq!(nearest("opneid", scopes), Some("openid"));
        assert_eq!(nearest("OpenID", scopes), Some("openid"));
        assert_eq!(nearest("offline-access", scopes), Some("offline_access"));
        assert_eq!(nearest("vehicles", scopes), None);
    }

    #[test]
    fn the_beginning_of_one_word_is_near_and_that_of_several_is_not() {
        let settings = ["code_lifetime_seconds", "access_token_lifetime_seconds", "access_token_audience"];
        assert_eq!(nearest("code_lifetime", settings), Some("code_lifetime_seconds"));
        assert_eq!(nearest("Code_Life", settings), Some("code_lifetime_seconds"));
        assert_eq!(nearest("access_token", settings), None);
        assert_eq!(nearest("cod", settings), None);
        assert_eq!(nearest("", settings), None);
    }

    #[test]
    fn a_parsers_message_is_split() {
        let message = ParserMessage::parse("unknown field `secnds`, expected one of `seconds`, `frozen`");
        assert_eq!(message.problem, "unknown field `secnds`");
        assert_eq!(message.remedy().unwrap(), "did you mean `seconds`?");
        let message = ParserMessage::parse("invalid type: string \"a\", expected u32");
        assert_eq!(
            (message.near.clone(), message.remedy().unwrap()),
            (None, "expected a whole number from 0 to 4294967295".to_owned())
        );
        assert_eq!(ParserMessage::parse("missing field `name`").remedy(), None);
        assert_eq!(ParserMessage::parse("a bad key, expected `-`").remedy().unwrap(), "expected `-`");
    }

    #[test]
    fn the_difference_of_two_redirect_uris_is_named() {
        let registered = ["http://localhost:8080/".to_owned()];
        let miss = |sent| redirect_uri(sent, &registered);
        assert_eq!(
            miss("http://localhost:8080").unwrap(),
            "http://localhost:8080/ is registered and differs only in the trailing slash"
        );
        assert!(miss("https://localhost:8080/").unwrap().ends_with("the scheme (http or https)"));
        assert!(miss("http://localhost:8081/").unwrap().ends_with("the port"));
        assert!(miss("http://127.0.0.1:8080/").unwrap().ends_with("the host"));
        assert!(miss("http://localhost:8080/cb").unwrap().ends_with("the path"));
        assert_eq!(miss("https://evil.test/cb"), None);
        let registered = ["http://localhost:80", "http://localhost:8080/"].map(str::to_owned);
        assert_eq!(
            redirect_uri("http://localhost:8081/", &registered).unwrap(),
            "http://localhost:8080/ is registered and differs only in the port"
        );
    }
}
