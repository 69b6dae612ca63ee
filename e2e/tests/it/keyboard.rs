//! A person uses only the keyboard.

use e2e::{
    browser::{BrowserOptions, Key},
    page::Way,
    scenario::Scenario,
};

pub(crate) async fn alone_is_enough(scenario: &Scenario<'_>) {
    let home = scenario.home(scenario.browser(BrowserOptions::default()).await);
    home.open().await;
    let home = home.expect_sign_in().await.sign_in_with_the_keyboard().await;
    home.expect_signed_in().await;

    // Tab reaches the calls and the way out, and Enter presses them.
    tab_to(&home, "call-api").await;
    home.browser().press(Key::Enter).await;
    home.expect_api_answer().await;
    // The arrows go round the tabs, and the way leads on into the panel of the chosen one.
    tab_to(&home, "tab-browser").await;
    for (key, tab) in [
        (Key::Right, "tab-backend"),
        (Key::Right, "tab-browser"),
        (Key::Left, "tab-backend"),
        (Key::Home, "tab-browser"),
        (Key::End, "tab-backend"),
    ] {
        home.browser().press(key).await;
        assert_eq!(home.browser().focused().await, tab, "after {key:?}");
    }
    home.browser().press(Key::Tab).await;
    assert_eq!(home.browser().focused().await, "call-api-backend");
    home.browser().press(Key::Enter).await;
    home.expect_api_answer_by(Way::Backend).await;
    tab_to(&home, "sign-out").await;
    home.browser().press(Key::Enter).await;
    home.expect_signed_out().await;
    tab_to(&home, "sign-in").await;
    home.browser().press(Key::Enter).await;
    home.expect_sign_in().await;
}

async fn tab_to(home: &e2e::page::Home, name: &str) {
    const MANY: usize = 30;
    for _ in 0..MANY {
        home.browser().press(Key::Tab).await;
        if home.browser().focused().await == name {
            return;
        }
    }
    panic!("{name} cannot be reached with {MANY} presses of Tab");
}
