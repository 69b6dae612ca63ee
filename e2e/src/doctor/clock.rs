//! Whether the server's clock, as its `Date` header shows it, and this machine's agree.

use jiff::{SignedDuration, Timestamp, fmt::rfc2822};

use super::finding::{Check, Finding};

/// A difference that does no harm: `Date` counts whole seconds, and an answer takes its time.
const FINE: SignedDuration = SignedDuration::from_secs(5);
/// The largest difference that verifiers tolerate; Okta's tolerate two minutes.
const FORGIVEN: SignedDuration = SignedDuration::from_secs(120);

/// Compares a `Date` header with the moments at which the request was sent and the answer arrived.
pub(super) fn judge(date: &str, sent: Timestamp, came: Timestamp) -> Finding {
    let check = Check::Clock;
    let looked_at = "Date of the token endpoint's answer";
    let Ok(theirs) = rfc2822::parse(date).map(|date| date.timestamp()) else {
        return check.note(looked_at, "the answer does not say what time it is");
    };
    // Somewhere between the two it was written.
    let skew = if theirs < sent {
        theirs.duration_since(sent)
    } else if theirs > came {
        theirs.duration_since(came)
    } else {
        SignedDuration::ZERO
    };
    let apart = skew.abs();
    if apart <= FINE {
        return check.ok(looked_at, "the server's clock and this machine's agree");
    }
    let direction = if skew.is_negative() { "ahead of" } else { "behind" };
    let found = format!("this machine's clock is {} s {direction} the server's", apart.as_secs());
    let remedy = "set this machine's clock, best by NTP (timedatectl set-ntp true)";
    if apart <= FORGIVEN {
        check.warning(
            looked_at,
            format!("{found}: some verifiers will reject fresh tokens as expired or not yet valid"),
            remedy,
        )
    } else {
        check.error(
            looked_at,
            format!("{found}: verifiers will reject fresh tokens as expired or not yet valid"),
            remedy,
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::finding::Level;

    #[test]
    fn a_difference_counts_beyond_the_time_that_the_answer_took() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let date = "Fri, 02 Jan 2026 03:04:05 GMT";
        let seen = |sent: &str, came: &str| judge(date, at(sent), at(came));
        assert_eq!(seen("2026-01-02T03:04:05Z", "2026-01-02T03:04:06Z").level, Level::Ok);
        assert_eq!(seen("2026-01-02T03:03:00Z", "2026-01-02T03:05:00Z").level, Level::Ok, "a slow answer");
        assert_eq!(seen("2026-01-02T03:04:10Z", "2026-01-02T03:04:10Z").level, Level::Ok);
        let ahead = seen("2026-01-02T03:04:11Z", "2026-01-02T03:04:12Z");
        assert_eq!(ahead.level, Level::Warning);
        assert!(
            ahead.found.starts_with("this machine's clock is 6 s ahead of the server's"),
            "{}",
            ahead.found
        );
        let behind = seen("2026-01-02T03:00:00Z", "2026-01-02T03:00:05Z");
        assert_eq!(behind.level, Level::Error);
        assert!(
            behind.found.starts_with("this machine's clock is 240 s behind the server's"),
            "{}",
            behind.found
        );
    }

    #[test]
    fn a_server_without_a_date_is_remarked_on() {
        for date in ["", "soon"] {
            assert_eq!(judge(date, Timestamp::UNIX_EPOCH, Timestamp::UNIX_EPOCH).level, Level::Note);
        }
    }
}
