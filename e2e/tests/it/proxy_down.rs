//! The proxy is not running when the page posts the code.

use e2e::story::Story;
use mock_idp::Endpoint;

pub(crate) async fn then_up_and_sign_in_again(story: &Story<'_>) {
    let sign_in = story.visit().await;
    story.stack.stop_proxy().await;
    let home = sign_in.sign_in().await;
    let failure = home.expect_failure().await;
    assert!(
        failure.error.contains(&format!("http://localhost:{}", story.stack.proxy_addr().port())),
        "{failure:?}"
    );
    assert_eq!(story.issuer().journal().at(Endpoint::Token), []);

    story.stack.start_proxy().await.unwrap();
    home.sign_in_again().await;
    home.expect_signed_in().await;
    assert_eq!(story.issuer().journal().at(Endpoint::Token).len(), 1);
}
