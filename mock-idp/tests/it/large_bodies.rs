//! Bodies that are larger than what is read: they are refused before they are read to the end.

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::support::Mock;

/// As much of a body as the journal keeps.
const SENT: usize = 64 * 1024;
/// What the request announces: more than any call reads. The rest never comes.
const ANNOUNCED: usize = 1024 * 1024 * 1024;

/// The status of the answer to the beginning of a body.
async fn status(mock: &Mock, method: &str, path: &str, media_type: &str) -> String {
    let mut connection = TcpStream::connect(mock.idp.addr()).await.unwrap();
    let head = format!(
        "{method} {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: {media_type}\r\n\
         Content-Length: {ANNOUNCED}\r\n\r\n"
    );
    connection.write_all(head.as_bytes()).await.unwrap();
    // A server that has answered may have closed the connection already.
    let _ = connection.write_all(&vec![b'a'; SENT]).await;
    let mut beginning = [0; "HTTP/1.1 413".len()];
    connection.read_exact(&mut beginning).await.unwrap();
    String::from_utf8_lossy(&beginning).into_owned()
}

#[tokio::test]
async fn an_endpoint_answers_before_the_body_ends() {
    let mock = Mock::start().await;
    let form = "application/x-www-form-urlencoded";
    for path in ["token", "introspect", "revoke", "authorize", "logout", "userinfo"] {
        let path = format!("/oauth2/test/v1/{path}");
        assert_eq!(status(&mock, "POST", &path, form).await, "HTTP/1.1 413", "{path}");
    }
    assert_eq!(status(&mock, "POST", "/oauth2/test/sign-in/none", form).await, "HTTP/1.1 413");
    // The gateway looks at the credentials first.
    assert_eq!(status(&mock, "POST", "/api/test/vehicles", form).await, "HTTP/1.1 401");
}

#[tokio::test]
async fn the_control_api_answers_before_the_body_ends() {
    let mock = Mock::start().await;
    for (method, path) in [
        ("PUT", "state"),
        ("DELETE", "state"),
        ("POST", "clock/advance"),
        ("POST", "faults"),
        ("DELETE", "faults"),
    ] {
        let path = format!("/oauth2/test/_mock/{path}");
        assert_eq!(status(&mock, method, &path, "application/json").await, "HTTP/1.1 413", "{method} {path}");
    }
}
