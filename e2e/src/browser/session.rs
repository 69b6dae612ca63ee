//! A browser session, and what the suite keeps about it: its steps, its console, its profile.

use std::{
    fmt::Write as _,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use fantoccini::{Client, error::CmdError};
use serde_json::Value;
use tempfile::TempDir;
use tokio::time::{Instant, timeout};

use super::{command::ChromeCommand, options::BrowserOptions};

/// How long a browser may take to end before it is left to its driver.
const CLOSE: Duration = Duration::from_secs(10);

/// A browser with a profile of its own. Clones are the same browser.
#[derive(Debug, Clone)]
pub struct Browser {
    pub(super) client: Client,
    pub(super) options: BrowserOptions,
    record: Arc<Mutex<Record>>,
}

/// What the suite keeps about a browser.
#[derive(Debug)]
struct Record {
    opened: Instant,
    steps: Vec<String>,
    console: Vec<String>,
    profile: Option<TempDir>,
}

impl Browser {
    /// A session that was just opened.
    pub(super) fn new(client: Client, options: BrowserOptions, profile: Option<TempDir>) -> Self {
        let record = Record { opened: Instant::now(), steps: Vec::new(), console: Vec::new(), profile };
        Self { client, options, record: Arc::new(Mutex::new(record)) }
    }

    /// Ends the browser and removes its profile.
    pub(crate) async fn close(&self) {
        let _ = timeout(CLOSE, self.client.clone().close()).await;
        let profile = self.record().profile.take();
        drop(profile);
    }

    /// The steps in this browser so far, with their times, one line each.
    pub(crate) fn steps(&self) -> String {
        self.record().steps.iter().fold(String::new(), |mut all, step| {
            let _ = writeln!(all, "{step}");
            all
        })
    }

    pub(crate) fn client(&self) -> &Client {
        &self.client
    }

    pub(crate) async fn console_now(&self) -> Result<String, CmdError> {
        Ok(self.read_console().await?.join("\n"))
    }

    pub(super) fn note(&self, step: &str) {
        let mut record = self.record();
        let at = record.opened.elapsed().as_secs_f64();
        let step = format!("{at:7.3} s  {step}");
        record.steps.push(step);
    }

    fn record(&self) -> MutexGuard<'_, Record> {
        self.record.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// All lines of the console so far. The driver reports each line once, so they are kept here.
    pub(super) async fn read_console(&self) -> Result<Vec<String>, CmdError> {
        let lines = self.client.issue_cmd(ChromeCommand::console()).await?;
        let lines = lines.as_array().into_iter().flatten().map(console_line);
        let mut record = self.record();
        record.console.extend(lines);
        Ok(record.console.clone())
    }
}

/// `http://localhost/app.js 3:9 "This is the code"` as chromedriver reports it, without the place and the quotes.
fn console_line(line: &Value) -> String {
    let message = line["message"].as_str().unwrap_or_default();
    if line["source"] != "console-api" {
        return format!("{}: {message}", line["level"].as_str().unwrap_or_default());
    }
    let said = message.splitn(3, ' ').nth(2).unwrap_or(message);
    serde_json::from_str::<String>(said).unwrap_or_else(|_| said.to_owned())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_console_line_is_what_the_page_said() {
        let line = |source: &str, message: &str| {
            console_line(&json!({ "level": "INFO", "source": source, "message": message }))
        };
        assert_eq!(line("console-api", r#"http://localhost/ 0:9 "a \"b\"""#), "a \"b\"");
        assert_eq!(line("console-api", r#"http://localhost/ 0:9 "hi" 1"#), "\"hi\" 1");
        assert_eq!(line("network", "http://localhost/x - 404"), "INFO: http://localhost/x - 404");
    }
}
