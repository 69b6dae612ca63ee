//! A person calls the API with the token and the `Subscription-Id`.

use e2e::story::Story;
use fixtures::{SUBSCRIPTION_ID, subscriber, tutorial_app};

pub(crate) async fn with_the_token_and_the_subscription(story: &Story<'_>) {
    let home = story.visit().await.sign_in().await;
    home.expect_signed_in().await;
    let answer = home.call_api().await;
    for part in ["200", subscriber::USERNAME, tutorial_app::API_KEY, SUBSCRIPTION_ID] {
        assert!(answer.contains(part), "no {part} in: {answer}");
    }
}
