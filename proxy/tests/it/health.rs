//! `GET /healthz`, `GET /readyz`.

use crate::support::{TestProxy, Upstream, any_port, config, impatient};

#[tokio::test]
async fn healthz_asks_nobody() {
    let upstream = Upstream::json(500, "{}").await;
    assert_eq!(
        upstream.proxy().await.get("/healthz").await.to_string(),
        "200 OK\n\
         access-control-expose-headers: request-id,retry-after\n\
         cache-control: no-store\n\
         content-security-policy: default-src 'none'; frame-ancestors 'none'; sandbox\n\
         content-type: application/json\n\
         cross-origin-resource-policy: same-origin\n\
         vary: origin\n\
         x-content-type-options: nosniff\n\
         \n\
         {\"status\":\"ok\"}"
    );
    assert!(upstream.received().is_empty());
}

#[tokio::test]
async fn readyz_asks_for_the_keys() {
    let upstream = Upstream::json(200, r#"{"keys":[]}"#).await;
    let answer = upstream.proxy().await.get("/readyz").await;
    assert_eq!((answer.status.as_u16(), answer.body.as_str()), (200, r#"{"status":"ok"}"#));
    let asked = upstream.only();
    assert_eq!((asked.method.as_str(), asked.path_and_query.as_str()), ("GET", "/oauth2/default/v1/keys"));
    assert_eq!(asked.header("authorization"), "");
}

#[tokio::test]
async fn readyz_says_which_url_fails_and_why() {
    let upstream = Upstream::json(404, "{}").await;
    insta::assert_snapshot!("keys_not_found", upstream.proxy().await.get("/readyz").await);

    let nobody = any_port().await;
    let url = format!("http://localhost:{}", nobody.local_addr().unwrap().port());
    drop(nobody);
    insta::assert_snapshot!(
        "keys_unreachable",
        TestProxy::start(config(&url)).await.get("/readyz").await.body
    );

    let silent = Upstream::start(|_| None).await;
    let answer = TestProxy::start(impatient(&silent)).await.get("/readyz").await;
    assert_eq!((answer.status.as_u16(), answer.error().as_str()), (503, "not_ready"));
}
