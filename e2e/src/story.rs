//! A stage for a story: the tutorial on free ports at an issuer of its own, a browser with an empty profile, and, when
//! the story goes wrong, evidence of what was to be seen.

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
    browser::{Browser, BrowserOptions, LAST_WORDS},
    driver::Driver,
    page::{Home, SignIn},
    stack::{Stack, StackArgs},
};

/// The longest that a story may take: a story waits for nothing but the browser.
const LONGEST: Duration = Duration::from_mins(1);

/// Where stories are told: one driver for all of them.
#[derive(Debug)]
pub struct Stage {
    driver: Driver,
    failures: PathBuf,
}

/// One story as it happens.
#[derive(Debug)]
pub struct Story<'a> {
    stage: &'a Stage,
    /// The tutorial that it is told with.
    pub stack: Stack,
    browsers: Mutex<Vec<Browser>>,
}

impl Stage {
    /// A stage with a running driver. Evidence of failures goes to folders in `failures`.
    pub const fn new(driver: Driver, failures: PathBuf) -> Self {
        Self { driver, failures }
    }

    /// Ends the driver and its browsers.
    pub fn close(&self) {
        self.driver.stop();
    }

    /// Tells a story. An error says what went wrong, and where the evidence lies.
    pub async fn tell(&self, name: &str, story: impl AsyncFnOnce(&Story<'_>)) -> Result<(), String> {
        self.tell_with(name, StackArgs::on_free_ports(&issuer_name(name)), story).await
    }

    /// Tells a story with settings of its own.
    pub async fn tell_with(
        &self,
        name: &str,
        args: StackArgs,
        story: impl AsyncFnOnce(&Story<'_>),
    ) -> Result<(), String> {
        let stack =
            Stack::start(args).await.map_err(|error| format!("the tutorial does not start: {error}"))?;
        let told = Story { stage: self, stack, browsers: Mutex::default() };
        let ending = timeout(LONGEST, AssertUnwindSafe(story(&told)).catch_unwind()).await;
        let outcome = match ending {
            Ok(Ok(())) => Ok(()),
            Ok(Err(panic)) => Err(format!("{}{}", words(&*panic), place())),
            Err(_) => Err(format!("the story did not end within {} s", LONGEST.as_secs())),
        };
        let folder = self.failures.join(name.replace("::", "-"));
        // What an earlier run left there would be taken for this one's.
        let _ = fs::remove_dir_all(&folder);
        let outcome = match outcome {
            Ok(()) => Ok(()),
            Err(why) => Err(match told.save_evidence(&folder).await {
                Ok(()) => format!("{why}\n  evidence:   {}", folder.display()),
                Err(error) => format!("{why}\n  no evidence in {}: {error}", folder.display()),
            }),
        };
        for browser in told.browsers() {
            browser.close().await;
        }
        told.stack.stop().await;
        outcome
    }
}

/// Keeps panics from printing themselves: a story's report says the same, once, and where it happened.
pub fn keep_panics_quiet() {
    panic::set_hook(Box::new(|panic| {
        PLACE.set(panic.location().map(|place| format!("\n  at:         {}:{}", place.file(), place.line())));
    }));
}

thread_local! {
    /// Where this thread has panicked last.
    static PLACE: Cell<Option<String>> = const { Cell::new(None) };
}

fn place() -> String {
    PLACE.take().unwrap_or_default()
}

impl Story<'_> {
    /// Opens a browser with an empty profile: another person, or the same one at another machine.
    ///
    /// # Panics
    /// If no browser comes up.
    pub async fn browser(&self, options: BrowserOptions) -> Browser {
        let browser = Browser::open(&self.stage.driver, options).await;
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

    /// The issuer of this story.
    pub fn issuer(&self) -> &Issuer {
        self.stack.issuer()
    }

    fn browsers(&self) -> Vec<Browser> {
        self.browsers.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Writes what the mock recorded, and what each browser shows and did.
    async fn save_evidence(&self, folder: &Path) -> std::io::Result<()> {
        fs::create_dir_all(folder)?;
        if let Some(issuer) = self.stack.mock_issuer() {
            let journal = issuer.journal().entries();
            fs::write(folder.join("journal.json"), serde_json::to_string_pretty(&journal)?)?;
            fs::write(folder.join("journal.txt"), listed(&journal))?;
        }
        if let Some(log) = self.stage.driver.log() {
            fs::write(folder.join("driver.log"), log)?;
        }
        for (at, browser) in self.browsers().iter().enumerate() {
            let file = |name: &str| {
                folder.join(if at == 0 { name.to_owned() } else { format!("{}-{name}", at + 1) })
            };
            fs::write(file("steps.txt"), browser.steps())?;
            let client = browser.client();
            // A browser that hangs must not take the rest of the evidence along.
            if let Ok(Ok(picture)) = timeout(LAST_WORDS, client.screenshot()).await {
                fs::write(file("screenshot.png"), picture)?;
            }
            if let Ok(Ok(page)) = timeout(LAST_WORDS, client.source()).await {
                fs::write(file("page.html"), page)?;
            }
            if let Ok(Ok(url)) = timeout(LAST_WORDS, client.current_url()).await {
                fs::write(file("url.txt"), url.as_str())?;
            }
            if let Ok(Ok(console)) = timeout(LAST_WORDS, browser.console_now()).await {
                fs::write(file("console.txt"), console)?;
            }
        }
        Ok(())
    }
}

/// The journal, one exchange a line.
fn listed(journal: &[Entry]) -> String {
    journal.iter().fold(String::new(), |mut text, entry| {
        let _ = writeln!(text, "{} {} {}", entry.method, entry.endpoint, entry.status);
        if let Some(why) = &entry.refusal {
            let _ = writeln!(text, "    {}: expected {}, received {}", why.rule, why.expected, why.received);
        }
        text
    })
}

/// The name of a story as the name of an issuer: `signs_in::with_a_keyboard` becomes `signs_in-with_a_keyboard`.
fn issuer_name(story: &str) -> String {
    story.replace("::", "-").chars().take(64).collect()
}

fn words(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "a panic without words".to_owned())
}
