//! The sign-in page of a server that is not the mock: Okta's, in each of the shapes that it has, or the mock's.
//!
//! | page | user name | then | password | then |
//! |---|---|---|---|---|
//! | Okta's classic widget | `#okta-signin-username` | | `#okta-signin-password` | `#okta-signin-submit` |
//! | the same, name first | `#idp-discovery-username` | `#idp-discovery-submit` | `#okta-signin-password` | `#okta-signin-submit` |
//! | Okta's Identity Engine | `identifier` | Next | `credentials.passcode` | Verify |
//! | the same, on one page | `identifier` | | `credentials.passcode` | Sign in |
//! | the mock's | `username` | | `password` | Sign in |

use fortellis_service::Secret;

use super::home::Home;
use crate::browser::{Browser, Target};

/// The field of the user name, whatever the page.
const USERNAME: &str =
    "#okta-signin-username, #idp-discovery-username, input[name=identifier], input[name=username]";
/// The field of the password. A code of a second factor has the same name and is not a password.
const PASSWORD: &str = "#okta-signin-password, input[type=password][name=\"credentials.passcode\"], input[type=password][name=password]";
/// The button that sends the form.
const SUBMIT: &str = "#okta-signin-submit, #idp-discovery-submit, form input[type=submit], form button[type=submit]:not([name])";
/// The error that the page shows.
const ERROR: &str =
    ".okta-form-infobox-error, .o-form-error-container [role=alert], .o-form-input-error, [role=alert]";
/// The fields that ask for more than a password.
const SECOND_FACTOR: &str = ".mfa-verify, .authenticator-verify-list, [data-se=factor-list], input[name=answer], \
                             input[autocomplete=one-time-code], input[type=text][name=\"credentials.passcode\"], \
                             input[type=tel][name=\"credentials.passcode\"]";

/// An account that signs in. The password is never printed.
#[derive(Debug, Clone)]
pub struct Account {
    /// The user name.
    pub username: String,
    /// The password.
    pub password: Secret,
}

/// Why the sign-in failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotSignedIn {
    /// The page refuses it, with this text.
    #[error("the sign-in page says: {0}")]
    Refused(String),
    /// A password is not enough.
    #[error(
        "the sign-in page asks for a second factor; use an account that signs in with its password alone"
    )]
    SecondFactor,
}

/// A sign-in page, open in a browser.
#[derive(Debug)]
pub struct AnySignIn {
    browser: Browser,
    home: String,
}

impl AnySignIn {
    /// Waits until the browser shows a sign-in page. `home` is the address that it leads back to.
    pub async fn expect(browser: Browser, home: String) -> Self {
        browser.first_seen(&[USERNAME, PASSWORD].map(Target::css)).await;
        Self { browser, home }
    }

    /// Signs in, which leads back to the tutorial's page.
    ///
    /// # Panics
    /// If the page is none of those that are known.
    pub async fn sign_in(self, account: &Account) -> Result<Home, NotSignedIn> {
        let (username, password) = (Target::css(USERNAME), Target::css(PASSWORD));
        // A page may remember the last user name.
        if self.browser.sees(&username).await {
            self.browser.fill(&username, &account.username).await;
            if !self.browser.sees(&password).await {
                self.submit().await;
                self.expect_password().await?;
            }
        }
        self.browser.fill(&password, account.password.expose()).await;
        self.submit().await;
        match self.browser.arrives_or_sees(&self.home, &[ERROR, SECOND_FACTOR].map(Target::css)).await {
            None => Ok(Home::new(self.browser, self.home)),
            Some(0) => Err(self.refused().await),
            Some(_) => Err(NotSignedIn::SecondFactor),
        }
    }

    /// Waits for the second step, which asks for the password.
    async fn expect_password(&self) -> Result<(), NotSignedIn> {
        match self.browser.first_seen(&[PASSWORD, SECOND_FACTOR, ERROR].map(Target::css)).await {
            0 => Ok(()),
            1 => Err(NotSignedIn::SecondFactor),
            _ => Err(self.refused().await),
        }
    }

    async fn refused(&self) -> NotSignedIn {
        NotSignedIn::Refused(self.browser.text(&Target::css(ERROR)).await)
    }

    async fn submit(&self) {
        self.browser.click(&Target::css(SUBMIT)).await;
    }
}
