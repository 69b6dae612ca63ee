//! Waiting for a page. Every wait has a limit and names what it waits for.

use std::{panic::panic_any, time::Duration};

use fantoccini::error::{CmdError, ErrorStatus};
use serde_json::Value;
use tokio::time::{MissedTickBehavior, interval, timeout};

use super::session::Browser;

/// The longest wait for anything. A full Chromium on a busy machine may hang for several seconds.
const DEFAULT_WAIT: Duration = Duration::from_secs(20);

/// The time between two looks at a page. WebDriver does not report changes of a page, so the suite polls, here and
/// nowhere else.
const POLL_INTERVAL: Duration = Duration::from_millis(15);

/// How long a browser may take to report what it shows, once a wait has failed.
pub(crate) const EVIDENCE_TIMEOUT: Duration = Duration::from_secs(5);

/// The result of one look at the page.
pub(super) type Look<T> = Result<Option<T>, CmdError>;

impl Browser {
    /// Looks until `look` sees something. Fails with what the page shows instead.
    pub(super) async fn wait<T>(&self, what: &str, mut look: impl AsyncFnMut() -> Look<T>) -> T {
        self.note(&format!("wait for {what}"));
        let mut last_error = None;
        let looking = async {
            let mut looks = interval(POLL_INTERVAL);
            looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
            loop {
                looks.tick().await;
                match look().await {
                    Ok(Some(seen)) => return Ok(seen),
                    Ok(None) => last_error = None,
                    Err(error) if may_pass(&error) => last_error = Some(error),
                    Err(error) => return Err(error),
                }
            }
        };
        match timeout(DEFAULT_WAIT, looking).await {
            Ok(Ok(seen)) => seen,
            Ok(Err(error)) => self.fail(&format!("while waiting for {what}"), Some(&error)).await,
            Err(_) => {
                self.fail(
                    &format!("timed out after {} s waiting for {what}", DEFAULT_WAIT.as_secs()),
                    last_error.as_ref(),
                )
                .await
            }
        }
    }

    /// Runs one command of the driver. Fails with what the page shows when the command does.
    pub(super) async fn command<T>(
        &self,
        what: &str,
        command: impl Future<Output = Result<T, CmdError>>,
    ) -> T {
        self.note(what);
        match timeout(DEFAULT_WAIT, command).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(error)) => self.fail(&format!("cannot {what}"), Some(&error)).await,
            Err(_) => self.fail(&format!("no answer in {} s to: {what}", DEFAULT_WAIT.as_secs()), None).await,
        }
    }

    /// Panics, which is how a scenario fails.
    async fn fail(&self, why: &str, error: Option<&CmdError>) -> ! {
        let error = error.map_or_else(String::new, |error| format!("\n  error:      {error}"));
        panic_any(format!("{why}{error}\n{}", self.seen().await))
    }

    /// What the page shows now, for a person to read.
    pub(crate) async fn seen(&self) -> String {
        const SEEN: &str = "return [location.href, document.title, document.body?.dataset.state ?? '(none)', \
                            document.body?.innerText ?? '(no body)']";
        match timeout(EVIDENCE_TIMEOUT, self.client.execute(SEEN, Vec::new())).await {
            Ok(Ok(seen)) => describe(&seen),
            Ok(Err(error)) => format!("  the page cannot be read: {error}"),
            Err(_) => format!("  the browser did not answer in {} s", EVIDENCE_TIMEOUT.as_secs()),
        }
    }
}

fn describe(seen: &Value) -> String {
    const MUCH: usize = 1000;
    let word = |at: usize| seen.get(at).and_then(Value::as_str).unwrap_or_default();
    let text: String = word(3).chars().take(MUCH).collect();
    let text = text.lines().filter(|line| !line.trim().is_empty()).collect::<Vec<_>>().join("\n    ");
    format!(
        "  url:        {}\n  title:      {}\n  data-state: {}\n  text:\n    {text}",
        word(0),
        word(1),
        word(2)
    )
}

/// Whether an error may be temporary, for example because the page is just being replaced.
fn may_pass(error: &CmdError) -> bool {
    match error {
        CmdError::Standard(error) => !matches!(
            error.error,
            ErrorStatus::InvalidSessionId
                | ErrorStatus::NoSuchWindow
                | ErrorStatus::InvalidArgument
                | ErrorStatus::InvalidSelector
                | ErrorStatus::UnknownCommand
                | ErrorStatus::UnknownMethod
        ),
        // chromedriver asks the page whether an element can be seen; if the page goes away in the
        // meantime, it returns the browser's message in place of an answer.
        CmdError::NotW3C(Value::String(message)) => message == "aborted by navigation",
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_page_that_goes_away_while_it_is_looked_at_is_looked_at_again() {
        assert!(may_pass(&CmdError::NotW3C(json!("aborted by navigation"))));
        assert!(!may_pass(&CmdError::NotW3C(json!("something else"))));
        assert!(!may_pass(&CmdError::NotW3C(json!({ "value": "aborted by navigation" }))));
    }

    #[test]
    fn what_was_seen_reads_as_a_list() {
        assert_eq!(
            describe(&json!(["http://localhost/", "Sign in", "failed", "No code.\n\n\nSign in again"])),
            "  url:        http://localhost/\n  title:      Sign in\n  data-state: failed\n  text:\n    No code.\n    \
             Sign in again"
        );
    }
}
