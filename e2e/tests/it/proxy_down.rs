//! The proxy is not running when the page posts the code.

use e2e::scenario::Scenario;
use mock_idp::Endpoint;

pub(crate) async fn then_up_and_sign_in_again(scenario: &Scenario<'_>) {
    let sign_in = scenario.visit().await;
    scenario.stack.stop_proxy().await;
    let home = sign_in.sign_in().await;
    let failure = home.expect_failure().await;
    assert!(
        failure.error.contains(&format!("http://localhost:{}", scenario.stack.proxy_addr().port())),
        "{failure:?}"
    );
    assert_eq!(scenario.issuer().journal().at(Endpoint::Token), []);

    scenario.stack.start_proxy().await.unwrap();
    home.sign_in_again().await;
    home.expect_signed_in().await;
    assert_eq!(scenario.issuer().journal().at(Endpoint::Token).len(), 1);
}
