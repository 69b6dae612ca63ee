//! Moments and spans in words.

use crate::protocol::timestamp::Timestamp;

/// `2026-01-02 03:04:05 UTC`.
pub(crate) fn moment(moment: Timestamp) -> String {
    moment.instant().strftime("%Y-%m-%d %H:%M:%S UTC").to_string()
}

/// A moment relative to now: `3 h 59 min ago`, `in 1 min`.
pub(crate) fn relative(moment: Timestamp, now: Timestamp) -> String {
    match moment.unix_seconds() - now.unix_seconds() {
        0 => "now".to_owned(),
        seconds if seconds < 0 => format!("{} ago", span(seconds.unsigned_abs())),
        seconds => format!("in {}", span(seconds.unsigned_abs())),
    }
}

/// A span in its two largest units: `3 h 59 min`.
pub(crate) fn span(seconds: u64) -> String {
    const UNITS: [(u64, &str); 5] = [(31_557_600, "y"), (86_400, "d"), (3600, "h"), (60, "min"), (1, "s")];
    let first = UNITS.iter().position(|(size, _)| seconds >= *size).unwrap_or(UNITS.len() - 1);
    let mut rest = seconds;
    let words: Vec<String> = UNITS[first..]
        .iter()
        .take(2)
        .filter_map(|(size, unit)| {
            let count = rest / size;
            rest %= size;
            (count > 0).then(|| format!("{count} {unit}"))
        })
        .collect();
    if words.is_empty() { "0 s".to_owned() } else { words.join(" ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_is_written_in_its_two_largest_units() {
        for (seconds, words) in [
            (0, "0 s"),
            (59, "59 s"),
            (60, "1 min"),
            (61, "1 min 1 s"),
            (3600, "1 h"),
            (3659, "1 h"),
            (14_399, "3 h 59 min"),
            (90_000, "1 d 1 h"),
            (63_115_200, "2 y"),
            (148_000_000, "4 y 251 d"),
        ] {
            assert_eq!(span(seconds), words, "{seconds}");
        }
    }

    #[test]
    fn a_moment_is_past_now_or_future() {
        let at = |seconds| Timestamp::from_unix_seconds(seconds).unwrap();
        assert_eq!(relative(at(1_000), at(1_120)), "2 min ago");
        assert_eq!(relative(at(1_000), at(1_000)), "now");
        assert_eq!(relative(at(1_000), at(999)), "in 1 s");
        assert_eq!(moment(at(1_767_323_045)), "2026-01-02 03:04:05 UTC");
    }
}
