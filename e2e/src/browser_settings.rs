//! The settings of the browser suite: variables only, since a test binary's arguments belong to its test harness.

use std::ffi::OsString;

use clap::{Parser, ValueEnum};

/// Which browser the scenarios run in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum BrowserKind {
    /// The headless shell: a third of the cost of a full browser.
    Shell,
    /// A full Chromium or Chrome, without a window.
    Chrome,
}

/// The variables that tell the suite which driver and browser to use. Each of them may be unset.
#[derive(Debug, Clone, Default, Parser)]
#[command(name = "e2e")]
pub struct BrowserSettings {
    /// A driver or Selenium Grid that is running already; it is left running
    #[arg(long, env = "WEBDRIVER_URL", value_name = "URL")]
    pub webdriver_url: Option<String>,
    /// The driver program
    #[arg(long, env = "CHROMEDRIVER", value_name = "FILE")]
    pub chromedriver: Option<String>,
    /// A folder with the driver program in it, as CI images have it
    #[arg(long, env = "CHROMEWEBDRIVER", value_name = "FOLDER")]
    pub chromewebdriver: Option<String>,
    /// The browser program
    #[arg(long, env = "CHROME_BIN", value_name = "FILE")]
    pub chrome_bin: Option<String>,
    /// `shell` or `chrome`; the shell if there is one
    #[arg(long, env = "E2E_BROWSER", value_name = "KIND")]
    pub browser: Option<String>,
    /// Where programs are searched
    #[arg(long, env = "PATH", hide = true)]
    pub path: Option<OsString>,
}

impl BrowserSettings {
    /// Reads the variables. One that is empty counts as unset.
    pub fn from_environment() -> Self {
        Self::parse_from(["e2e"]).without_empty_values()
    }

    /// The browser that `E2E_BROWSER` asks for.
    pub fn kind(&self) -> Result<Option<BrowserKind>, String> {
        let Some(text) = &self.browser else { return Ok(None) };
        BrowserKind::from_str(text, true)
            .map(Some)
            .map_err(|_| format!("E2E_BROWSER: \"{text}\" is not a browser; expected shell or chrome"))
    }

    fn without_empty_values(self) -> Self {
        let set = |value: Option<String>| value.filter(|value| !value.is_empty());
        Self {
            webdriver_url: set(self.webdriver_url),
            chromedriver: set(self.chromedriver),
            chromewebdriver: set(self.chromewebdriver),
            chrome_bin: set(self.chrome_bin),
            browser: set(self.browser),
            path: self.path,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_variable_counts_as_unset() {
        let settings = BrowserSettings { browser: Some(String::new()), ..BrowserSettings::default() }
            .without_empty_values();
        assert_eq!(settings.kind(), Ok(None));
    }

    #[test]
    fn an_unknown_browser_is_named() {
        let settings = BrowserSettings { browser: Some("firefox".to_owned()), ..BrowserSettings::default() };
        assert_eq!(
            settings.kind().unwrap_err(),
            "E2E_BROWSER: \"firefox\" is not a browser; expected shell or chrome"
        );
    }
}
