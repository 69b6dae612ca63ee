//! `/v1/subscriptions`: what the Subscriptions API tells the backend.

use http::Method;

use crate::support::{PAGE, Received, Upstream, json};

const LIST: &str =
    r#"{"subscriptions":[{"subscriptionId":"s-1","orgName":"Example Motors","status":"active"}]}"#;

#[tokio::test]
async fn the_list_is_asked_for_with_the_backends_token_and_nothing_of_the_pages() {
    let upstream = Upstream::granting(3600, |_, _| json(200, LIST)).await;
    let proxy = upstream.proxy().await;
    let request = proxy.request(Method::GET, "/v1/subscriptions").header("origin", PAGE);
    let answer =
        proxy.send(request.header("authorization", "Bearer page-token").header("request-id", "mine")).await;
    assert_eq!((answer.status.as_u16(), answer.body.as_str()), (200, LIST));
    assert_eq!(answer.header("request-id"), "mine");
    assert_eq!(answer.header("access-control-allow-origin"), PAGE);
    let asked = upstream.received_at("/subscriptions/default/v1/solution/subscriptions");
    assert_eq!(
        asked.iter().map(Received::text).collect::<Vec<_>>(),
        ["GET /subscriptions/default/v1/solution/subscriptions\n\
          accept-encoding: identity\n\
          accept: application/json\n\
          authorization: Bearer service-token-1\n\
          request-id: mine\n\
          \n"]
    );
}

#[tokio::test]
async fn token_and_second_try_are_those_of_api_calls() {
    let upstream = Upstream::granting(3600, |request, _| {
        let accepted = request.header("authorization") == "Bearer service-token-2";
        json(if accepted { 200 } else { 401 }, LIST)
    })
    .await;
    let proxy = upstream.proxy().await;
    assert_eq!(proxy.get("/v1/subscriptions").await.status, 200);
    assert_eq!(proxy.get("/v1/api/orders").await.status, 200);
    assert_eq!(upstream.token_requests(), 2);
}
