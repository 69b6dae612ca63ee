//! A scenario: the tutorial on free ports at an issuer of its own, browsers with empty profiles, and, when it fails,
//! evidence of what the browsers showed.

use std::{
    cell::Cell,
    fmt::Write as _,
    fs,
    panic::{self, AssertUnwindSafe},
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
    time::Duration,
};

use futures_util::FutureExt;
use mock_idp::{Entry, Issuer};
use tokio::time::timeout;

use crate::{
    browser::{Browser, BrowserOptions, EVIDENCE_TIMEOUT},
    driver::Driver,
    page::{Home, SignIn},
    stack::{Stack, StackArgs},
};

/// The longest that a scenario may take: it waits for nothing but the browser.
const TIME_LIMIT: Duration = Duration::from_mins(1);

/// Starts scenarios: one driver for all of them.
#[derive(Debug)]
pub struct Scenarios {
    driver: Driver,
    failures: PathBuf,
}

/// One scenario while it runs.
#[derive(Debug)]
pub struct Scenario<'a> {
    scenarios: &'a Scenarios,
    /// The tutorial that it uses.
    pub stack: Stack,
    browsers: Mutex<Vec<Browser>>,
}

impl Scenarios {
    /// Scenarios with a running driver. Evidence of failures goes to folders in `failures`.
    pub const fn new(driver: Driver, failures: PathBuf) -> Self {
        Self { driver, failures }
    }

    /// Ends the driver and its browsers.
    pub fn stop(&self) {
        self.driver.stop();
    }

    /// Runs a scenario with the demo app. An error says what went wrong, and where the evidence is.
    pub async fn run(&self, name: &str, scenario: impl AsyncFnOnce(&Scenario<'_>)) -> Result<(), String> {
        self.run_with(name, StackArgs::on_free_ports(&issuer_name(name)), scenario).await
    }

    /// Runs a scenario with settings of its own.
    pub async fn run_with(
        &self,
        name: &str,
        args: StackArgs,
        scenario: impl AsyncFnOnce(&Scenario<'_>),
    ) -> Result<(), String> {
        let stack =
            Stack::start(args).await.map_err(|error| format!("the tutorial does not start: {error}"))?;
        let running = Scenario { scenarios: self, stack, browsers: Mutex::default() };
        let ending = timeout(TIME_LIMIT, AssertUnwindSafe(scenario(&running)).catch_unwind()).await;
        let outcome = match ending {
            Ok(Ok(())) => Ok(()),
            Ok(Err(panic)) => Err(format!("{}{}", message(&*panic), place())),
            Err(_) => Err(format!("the scenario did not end within {} s", TIME_LIMIT.as_secs())),
        };
        let folder = self.failures.join(name.replace("::", "-"));
        // Evidence of an earlier run would look like this one's.
        let _ = fs::remove_dir_all(&folder);
        let outcome = match outcome {
            Ok(()) => Ok(()),
            Err(why) => Err(match running.save_evidence(&folder).await {
                Ok(()) => format!("{why}\n  evidence:   {}", folder.display()),
                Err(error) => format!("{why}\n  no evidence in {}: {error}", folder.display()),
            }),
        };
        for browser in running.browsers() {
            browser.close().await;
        }
        running.stack.stop().await;
        outcome
    }
}

/// Keeps panics from being printed: a scenario's report has the same text, once, and the place.
pub fn keep_panics_quiet() {
    panic::set_hook(Box::new(|panic| {
        PLACE.set(panic.location().map(|place| format!("\n  at:         {}:{}", place.file(), place.line())));
    }));
}

thread_local! {
    /// The place of this thread's last panic.
    static PLACE: Cell<Option<String>> = const { Cell::new(None) };
}

fn place() -> String {
    PLACE.take().unwrap_or_default()
}

impl Scenario<'_> {
    /// Opens a browser with an empty profile: another person, or the same one at another machine.
    ///
    /// # Panics
    /// If no browser starts.
    pub async fn browser(&self, options: BrowserOptions) -> Browser {
        let browser = Browser::open(&self.scenarios.driver, options).await;
        let browser = browser.unwrap_or_else(|error| panic!("{error}"));
        self.browsers.lock().unwrap_or_else(PoisonError::into_inner).push(browser.clone());
        browser
    }

    /// A person at a desktop computer opens the tutorial's page, is sent to sign in, and sees the form.
    pub async fn visit(&self) -> SignIn {
        self.visit_with(BrowserOptions::default()).await
    }

    /// The same with another kind of browser.
    pub async fn visit_with(&self, options: BrowserOptions) -> SignIn {
        let home = self.home(self.browser(options).await);
        home.open().await;
        home.expect_sign_in().await
    }

    /// The tutorial's page in a browser.
    pub fn home(&self, browser: Browser) -> Home {
        Home::new(browser, self.stack.site_url())
    }

    /// The issuer of this scenario.
    pub fn issuer(&self) -> &Issuer {
        self.stack.issuer()
    }

    fn browsers(&self) -> Vec<Browser> {
        self.browsers.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Writes what the mock recorded, and what each browser did and shows.
    async fn save_evidence(&self, folder: &Path) -> std::io::Result<()> {
        fs::create_dir_all(folder)?;
        if let Some(issuer) = self.stack.mock_issuer() {
            let journal = issuer.journal().entries();
            fs::write(folder.join("journal.json"), serde_json::to_string_pretty(&journal)?)?;
            fs::write(folder.join("journal.txt"), listed(&journal))?;
        }
        if let Some(log) = self.scenarios.driver.log() {
            fs::write(folder.join("driver.log"), log)?;
        }
        for (at, browser) in self.browsers().iter().enumerate() {
            let file = |name: &str| {
                folder.join(if at == 0 { name.to_owned() } else { format!("{}-{name}", at + 1) })
            };
            fs::write(file("steps.txt"), browser.steps())?;
            let client = browser.client();
            // A browser that hangs must not cost the rest of the evidence.
            if let Ok(Ok(picture)) = timeout(EVIDENCE_TIMEOUT, client.screenshot()).await {
                fs::write(file("screenshot.png"), picture)?;
            }
            if let Ok(Ok(page)) = timeout(EVIDENCE_TIMEOUT, client.source()).await {
                fs::write(file("page.html"), page)?;
            }
            if let Ok(Ok(url)) = timeout(EVIDENCE_TIMEOUT, client.current_url()).await {
                fs::write(file("url.txt"), url.as_str())?;
            }
            if let Ok(Ok(console)) = timeout(EVIDENCE_TIMEOUT, browser.console_now()).await {
                fs::write(file("console.txt"), console)?;
            }
        }
        Ok(())
    }
}

/// The journal, one request a line.
fn listed(journal: &[Entry]) -> String {
    journal.iter().fold(String::new(), |mut text, entry| {
        let _ = writeln!(text, "{} {} {}", entry.method, entry.endpoint, entry.status);
        if let Some(why) = &entry.refusal {
            let _ = writeln!(text, "    {}: expected {}, received {}", why.rule, why.expected, why.received);
        }
        text
    })
}

/// The name of a scenario as the name of an issuer: `signs_in::with_a_keyboard` becomes `signs_in-with_a_keyboard`.
fn issuer_name(scenario: &str) -> String {
    scenario.replace("::", "-").chars().take(64).collect()
}

fn message(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "a panic without a message".to_owned())
}
