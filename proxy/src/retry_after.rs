//! `Retry-After` (RFC 9110 §10.2.3): how long a busy server asks to wait.

use std::time::Duration;

use http::{HeaderMap, HeaderName, StatusCode, header};

/// How long to wait before the next request, if a server answers 429 or 503 with `Retry-After`. A date counts from the
/// answer's own `Date`, so the machine's clock does not matter; without `Date` it is ignored.
pub(crate) fn wait(status: StatusCode, headers: &HeaderMap) -> Option<Duration> {
    if !matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE) {
        return None;
    }
    let text = |name: HeaderName| headers.get(name)?.to_str().ok().map(str::trim);
    let said = text(header::RETRY_AFTER)?;
    if !said.is_empty() && said.bytes().all(|byte| byte.is_ascii_digit()) {
        // More seconds than a number can hold are the longest wait.
        return Some(Duration::from_secs(said.parse().unwrap_or(u64::MAX)));
    }
    let date = |text: &str| httpdate::parse_http_date(text).ok();
    let (then, now) = (date(said)?, date(text(header::DATE)?)?);
    Some(then.duration_since(now).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    const BUSY: StatusCode = StatusCode::TOO_MANY_REQUESTS;

    fn said(retry_after: &'static str, date: Option<&'static str>) -> Option<Duration> {
        let mut headers = HeaderMap::new();
        headers.insert(header::RETRY_AFTER, HeaderValue::from_static(retry_after));
        headers.extend(date.map(|date| (header::DATE, HeaderValue::from_static(date))));
        wait(BUSY, &headers)
    }

    #[test]
    fn seconds_are_taken_as_they_are() {
        assert_eq!(said("0", None), Some(Duration::ZERO));
        assert_eq!(said(" 120 ", None), Some(Duration::from_secs(120)));
        assert_eq!(said("99999999999999999999", None), Some(Duration::from_secs(u64::MAX)));
    }

    #[test]
    fn a_date_counts_from_the_answers_own_date() {
        let then = "Sun, 06 Nov 1994 08:50:07 GMT";
        assert_eq!(said(then, Some("Sun, 06 Nov 1994 08:49:37 GMT")), Some(Duration::from_secs(30)));
        assert_eq!(said(then, Some("Sun, 06 Nov 1994 08:59:37 GMT")), Some(Duration::ZERO), "it is over");
        assert_eq!(said(then, None), None);
    }

    #[test]
    fn what_says_nothing_is_not_waited_for() {
        for nonsense in ["", "-1", "1.5", "soon", "+5"] {
            assert_eq!(said(nonsense, None), None, "{nonsense}");
        }
        assert_eq!(wait(BUSY, &HeaderMap::new()), None);
        let headers = HeaderMap::from_iter([(header::RETRY_AFTER, HeaderValue::from_static("5"))]);
        assert_eq!(wait(StatusCode::BAD_REQUEST, &headers), None);
        assert!(wait(StatusCode::SERVICE_UNAVAILABLE, &headers).is_some());
    }
}
