//! The tutorial's page.

use serde_json::Value;

use crate::browser::{Browser, Target};

/// The tutorial's page in a browser.
#[derive(Debug, Clone)]
pub struct Home {
    browser: Browser,
    url: String,
}

/// Whose token the API is called with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// The person's, which the page holds, as in the tutorial.
    Browser,
    /// The backend's, which the page never sees: the recommended way.
    Backend,
}

impl Way {
    const fn tab(self) -> &'static str {
        match self {
            Self::Browser => "tab-browser",
            Self::Backend => "tab-backend",
        }
    }

    const fn button(self) -> &'static str {
        match self {
            Self::Browser => "call-api",
            Self::Backend => "call-api-backend",
        }
    }

    const fn answer(self) -> &'static str {
        match self {
            Self::Browser => "api-answer",
            Self::Backend => "api-answer-backend",
        }
    }
}

/// A failure as the page shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// The status line.
    pub status: String,
    /// What went wrong, and what to do about it.
    pub error: String,
}

impl Home {
    /// The page at `url`, in a browser that may be anywhere yet.
    pub const fn new(browser: Browser, url: String) -> Self {
        Self { browser, url }
    }

    /// The page's own address.
    pub(super) fn url(&self) -> &str {
        &self.url
    }

    /// The browser.
    pub const fn browser(&self) -> &Browser {
        &self.browser
    }

    /// Opens the page, as if typed into the address bar.
    pub async fn open(&self) {
        self.open_with("").await;
    }

    /// Opens the page with a query: `?error=access_denied`.
    pub async fn open_with(&self, query: &str) {
        self.browser.goto(&format!("{}{query}", self.url)).await;
    }

    /// Waits until the page says that the person is signed in.
    pub async fn expect_signed_in(&self) {
        self.browser.wait_state("signed-in").await;
    }

    /// Waits until the page says that it failed, and returns its texts.
    pub async fn expect_failure(&self) -> Failure {
        self.browser.wait_state("failed").await;
        Failure {
            status: self.browser.text(&test_id("status")).await,
            error: self.browser.text(&test_id("error")).await,
        }
    }

    /// Waits until the page says that the person is signed out.
    pub async fn expect_signed_out(&self) {
        self.browser.wait_state("signed-out").await;
    }

    /// Waits for the tutorial's console line with the code, and returns the code.
    pub async fn logged_code(&self) -> String {
        const LINE: &str = "This is the code in the URL: ";
        // The tutorial's own page also logs the line when there is no code yet.
        let has_code = |line: &str| line.strip_prefix(LINE).is_some_and(|code| code != "null");
        let line = self.browser.console_where("with the code", has_code).await;
        line.trim_start_matches(LINE).to_owned()
    }

    /// The access token as it is shown.
    pub async fn access_token(&self) -> String {
        self.browser.text(&test_id("access-token")).await
    }

    /// The ID token as it is shown.
    pub async fn id_token(&self) -> String {
        self.browser.text(&test_id("id-token")).await
    }

    /// The access token's claims as they are shown.
    ///
    /// # Panics
    /// If they are not shown as JSON.
    pub async fn claims(&self) -> Value {
        let text = self.browser.text(&test_id("claims")).await;
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("the claims are not JSON: {error}: {text}"))
    }

    /// The text about the token's lifetime.
    pub async fn expires_in(&self) -> String {
        self.browser.text(&test_id("expires-in")).await
    }

    /// Chooses whose token the API is called with.
    pub async fn choose(&self, way: Way) {
        self.browser.click(&test_id(way.tab())).await;
    }

    /// Calls the API with the token in the page, and returns the request and answer as shown.
    pub async fn call_api(&self) -> String {
        self.call_api_by(Way::Browser).await
    }

    /// Calls the API one of the two ways, and returns the request and answer as shown.
    pub async fn call_api_by(&self, way: Way) -> String {
        self.choose(way).await;
        self.browser.click(&test_id(way.button())).await;
        self.expect_api_answer_by(way).await
    }

    /// Waits for the API's answer to the token in the page, and returns it as shown.
    pub async fn expect_api_answer(&self) -> String {
        self.expect_api_answer_by(Way::Browser).await
    }

    /// Waits for the answer to a call of one way, and returns it as shown.
    pub async fn expect_api_answer_by(&self, way: Way) -> String {
        self.browser.text(&test_id(way.answer())).await
    }

    /// Types the path that is called.
    pub async fn type_path(&self, path: &str) {
        self.browser.fill(&Target::field("path"), path).await;
    }

    /// Types the `Subscription-Id` that the page sends.
    pub async fn type_subscription_id(&self, id: &str) {
        self.choose(Way::Browser).await;
        self.browser.fill(&test_id("subscription-id"), id).await;
    }

    /// Looks up the `Subscription-Id`, and returns the content of the field and the note
    /// about it.
    pub async fn look_up_subscription_id(&self) -> (String, String) {
        self.choose(Way::Browser).await;
        self.browser.click(&test_id("find-subscription")).await;
        let note = self.browser.text(&test_id("subscription-note")).await;
        (self.browser.value(&test_id("subscription-id")).await, note)
    }

    /// Presses "Sign in" or "Sign in again".
    pub async fn sign_in_again(&self) {
        self.browser.click(&test_id("sign-in")).await;
    }

    /// Presses "Sign out".
    pub async fn sign_out(&self) {
        self.browser.click(&test_id("sign-out")).await;
    }

    /// The address bar without the page's own address: empty once code and state are taken out.
    pub async fn rest_of_address(&self) -> String {
        let url = self.browser.url().await.to_string();
        url.strip_prefix(&self.url).unwrap_or(&url).to_owned()
    }
}

fn test_id(name: &str) -> Target {
    Target::test_id(name)
}
