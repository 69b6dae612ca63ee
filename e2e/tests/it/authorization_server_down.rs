//! The authorization server goes down between the sign-in and the exchange of the code.

use e2e::story::Story;

pub(crate) async fn before_the_code_is_redeemed(story: &Story<'_>) {
    let sign_in = story.visit().await;
    sign_in.browser().hold_scripts().await;
    let home = sign_in.sign_in().await;
    home.browser()
        .url_where("with a code", |url| url.query().is_some_and(|query| query.contains("code=")))
        .await;
    story.stack.stop_mock().await;

    home.browser().run_scripts().await;
    let failure = home.expect_failure().await;
    assert!(failure.error.contains("cannot be reached"), "{failure:?}");
    home.browser().reload().await;
    assert_eq!(home.expect_failure().await, failure, "no loop, and the page is still there");
}
