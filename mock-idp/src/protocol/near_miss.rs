//! Near misses: what was probably meant by something that is not known.

use strsim::damerau_levenshtein;

/// The known word nearest to `word`, if it is near enough to be a slip of the finger.
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let folded = word.to_lowercase();
    known
        .into_iter()
        .map(|candidate| (damerau_levenshtein(&folded, &candidate.to_lowercase()), candidate))
        .filter(|(distance, candidate)| *distance <= 1 + candidate.len() / 5)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// In which one respect a sent redirect URI differs from a registered one, in words.
pub fn redirect_uri(sent: &str, registered: &[String]) -> Option<String> {
    registered.iter().find_map(|known| {
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
    fn a_slip_is_recognised_and_a_stranger_is_not() {
        let scopes = ["openid", "profile", "email", "offline_access"];
        assert_eq!(nearest("opneid", scopes), Some("openid"));
        assert_eq!(nearest("OpenID", scopes), Some("openid"));
        assert_eq!(nearest("offline-access", scopes), Some("offline_access"));
        assert_eq!(nearest("vehicles", scopes), None);
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
    }
}
