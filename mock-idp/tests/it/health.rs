//! `GET /healthz`.

use crate::support::Mock;

#[tokio::test]
async fn a_mock_that_runs_says_so() {
    let mock = Mock::start().await;
    let answer = mock.get(&mock.outside("/healthz")).await;
    assert_eq!((answer.status, answer.body.as_str()), (200, r#"{"status":"ok"}"#));
}
