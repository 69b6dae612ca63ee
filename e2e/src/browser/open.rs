//! Opening a browser with the options that a scenario asks for.

use std::time::Duration;

use fantoccini::{ClientBuilder, error::NewSessionError};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::json;
use tempfile::TempDir;
use tokio::time::timeout;

use super::{options::BrowserOptions, session::Browser};
use crate::driver::Driver;

/// How long a browser may take to start.
const OPEN: Duration = Duration::from_secs(30);

/// How many times a browser is started at most. Only starts are repeated, never the steps of a scenario.
const STARTS: usize = 2;

impl Browser {
    /// Opens a browser with an empty profile.
    pub(crate) async fn open(driver: &Driver, options: BrowserOptions) -> Result<Self, String> {
        let mut error = String::new();
        for _ in 0..STARTS {
            let profile = driver.new_profile().map_err(|error| format!("cannot make a profile: {error}"))?;
            let capabilities = options.capabilities(driver, profile.as_ref().map(TempDir::path));
            let mut session = ClientBuilder::new(HttpConnector::new());
            let session = session.capabilities(capabilities);
            match timeout(OPEN, session.connect(driver.url())).await {
                Ok(Ok(client)) => {
                    let browser = Self::new(client, options, profile);
                    browser.prepare_tab().await;
                    return Ok(browser);
                }
                Ok(Err(NewSessionError::NotW3C(answer))) => error = answer.to_string(),
                Ok(Err(why)) => error = why.to_string(),
                Err(_) => error = format!("no answer in {} s", OPEN.as_secs()),
            }
        }
        Err(format!("no browser came up: {error}\n  {driver}"))
    }

    /// Applies the options to the tab in use. Each tab needs them anew.
    pub(super) async fn prepare_tab(&self) {
        if self.options.dark {
            let dark = json!({ "features": [{ "name": "prefers-color-scheme", "value": "dark" }] });
            self.devtools("Emulation.setEmulatedMedia", &dark).await;
        }
        if self.options.without_javascript {
            self.hold_scripts().await;
        }
    }
}
