//! The mock's sign-in page.

use fixtures::subscriber;
use url::Url;

use super::home::Home;
use crate::browser::{Browser, Key, Target};

/// The sign-in page, open in a browser.
#[derive(Debug)]
pub struct SignIn {
    browser: Browser,
    home: String,
}

/// The way from the tutorial's page to this one.
impl Home {
    /// Waits until the page has sent the browser to the sign-in page.
    pub async fn expect_sign_in(&self) -> SignIn {
        self.browser().wait_for(&password()).await;
        SignIn { browser: self.browser().clone(), home: self.url().to_owned() }
    }
}

impl SignIn {
    /// The browser that it is open in.
    pub const fn browser(&self) -> &Browser {
        &self.browser
    }

    /// Signs in as the demo user, which leads back to the tutorial's page.
    pub async fn sign_in(self) -> Home {
        self.submit(subscriber::USERNAME, subscriber::PASSWORD).await;
        self.back_home()
    }

    /// Signs in as the demo user, and keeps the tutorial's page from doing anything with the code that it gets until
    /// [`Browser::run_scripts`]. Returns the address with the code as well.
    pub async fn sign_in_and_hold(self) -> (Home, Url) {
        self.browser.hold_scripts().await;
        let home = self.sign_in().await;
        let has_code = |url: &Url| url.query_pairs().any(|(name, _)| name == "code");
        let callback = home.browser().url_where("with a code", has_code).await;
        (home, callback)
    }

    /// Signs in under the name of a fault, `wrong_state` for one, which then applies only to this sign-in.
    pub async fn sign_in_with_fault(self, name: &str) -> Home {
        self.submit(&format!("fault:{name}@example.com"), "any password").await;
        self.back_home()
    }

    /// Fills in the form and sends it.
    pub async fn submit(&self, user: &str, secret: &str) {
        self.browser.fill(&username(), user).await;
        self.browser.fill(&password(), secret).await;
        self.browser.click(&Target::css("button[type=submit]:not([name])")).await;
    }

    /// Fills in the form using only the keyboard: the first field already has the focus, Enter sends.
    ///
    /// # Panics
    /// If the focus is elsewhere.
    pub async fn sign_in_with_the_keyboard(self) -> Home {
        assert_eq!(self.browser.focused().await, "username", "the page is ready to be typed into");
        self.browser.type_text(subscriber::USERNAME).await;
        self.browser.press(Key::Tab).await;
        assert_eq!(self.browser.focused().await, "password", "Tab leads to the password");
        self.browser.type_text(subscriber::PASSWORD).await;
        self.browser.press(Key::Enter).await;
        self.back_home()
    }

    /// Presses Cancel.
    pub async fn cancel(self) -> Home {
        self.browser.click(&Target::css("[name=action][value=cancel]")).await;
        self.back_home()
    }

    /// The error that the page shows.
    pub async fn message(&self) -> String {
        self.browser.text(&Target::css("[role=alert]")).await
    }

    /// The content of the user name field.
    pub async fn username(&self) -> String {
        self.browser.value(&username()).await
    }

    fn back_home(self) -> Home {
        Home::new(self.browser, self.home)
    }
}

fn username() -> Target {
    Target::field("username")
}

fn password() -> Target {
    Target::field("password")
}
