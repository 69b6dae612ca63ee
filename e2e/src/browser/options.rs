//! The kind of browser that a scenario asks for.

use std::{net::SocketAddr, path::Path};

use serde_json::{Value, json};

use crate::{browser_settings::BrowserKind, driver::Driver};

/// A phone's screen, in CSS pixels.
const PHONE: (u32, u32) = (360, 740);

/// A browser to open: a desktop window in light colours with JavaScript, unless set otherwise.
#[derive(Debug, Clone, Default)]
pub struct BrowserOptions {
    phone: bool,
    pub(super) dark: bool,
    pub(super) without_javascript: bool,
    host_rules: Vec<String>,
}

impl BrowserOptions {
    /// The screen of a phone, 360 x 740.
    #[must_use]
    pub fn phone(mut self) -> Self {
        self.phone = true;
        self
    }

    /// A person who prefers dark colours.
    #[must_use]
    pub fn dark(mut self) -> Self {
        self.dark = true;
        self
    }

    /// Pages may not run scripts.
    #[must_use]
    pub fn without_javascript(mut self) -> Self {
        self.without_javascript = true;
        self
    }

    /// Connects to `addr` whenever a page names `host`, which is a host and port: with `localhost:80` the tutorial's
    /// own address works, even if no program listens there.
    #[must_use]
    pub fn connecting(mut self, host: &str, addr: SocketAddr) -> Self {
        self.host_rules.push(format!("MAP {host} {addr}"));
        self
    }

    /// The WebDriver capabilities that ask for it.
    pub(super) fn capabilities(
        &self,
        driver: &Driver,
        profile: Option<&Path>,
    ) -> serde_json::Map<String, Value> {
        let kind = driver.browser_kind();
        let mut args: Vec<String> = FLAGS.iter().map(|flag| (*flag).to_owned()).collect();
        if kind == BrowserKind::Chrome {
            args.push("--headless=new".to_owned());
        }
        if driver.runs_as_root() {
            args.push("--no-sandbox".to_owned());
        }
        if let Some(profile) = profile {
            args.push(format!("--user-data-dir={}", profile.display()));
        }
        if !self.host_rules.is_empty() {
            args.push(format!("--host-resolver-rules={}", self.host_rules.join(", ")));
        }
        let mut chrome = json!({ "args": args });
        if let Some(program) = driver.browser_program() {
            chrome["binary"] = program.display().to_string().into();
        }
        if self.phone {
            // A full browser's window cannot be this narrow. Without "touch": with it, a click that leaves the page
            // never returns where JavaScript is off.
            let (width, height) = PHONE;
            chrome["mobileEmulation"] = json!({ "deviceMetrics": { "width": width, "height": height, "pixelRatio": 1, "touch": false } });
        }
        let name = match kind {
            BrowserKind::Shell => "chrome-headless-shell",
            BrowserKind::Chrome => "chrome",
        };
        let capabilities = json!({
            "browserName": name,
            "goog:chromeOptions": chrome,
            "goog:loggingPrefs": { "browser": "ALL" },
        });
        match capabilities {
            Value::Object(capabilities) => capabilities,
            _ => serde_json::Map::new(),
        }
    }
}

const FLAGS: &[&str] = &[
    // The browser ends when its driver does, however that ends.
    "--remote-debugging-pipe",
    "--window-size=1280,800",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--no-default-browser-check",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
];
