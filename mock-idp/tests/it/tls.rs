//! https over a socket: which certificates clients trust, and that handshakes do not block each other.

use std::{fs, path::Path, time::Duration};

use mock_idp::{Clock, Config, MockIdp, Tls};
use reqwest::{Certificate, Client};
use serde_json::Value;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    time::timeout,
};

const PATIENCE: Duration = Duration::from_secs(10);

async fn serving(tls: &Tls) -> MockIdp {
    serving_as(tls, Config::demo()).await
}

async fn serving_as(tls: &Tls, config: Config) -> MockIdp {
    MockIdp::start_https_on(TcpListener::bind("127.0.0.1:0").await.unwrap(), config, tls).unwrap()
}

fn local_ca(dir: &Path) -> Tls {
    Tls::from_local_ca(dir, &[], Clock::default().now()).unwrap()
}

/// A client that trusts this certificate, and nobody else.
fn trusting(certificate: &Path) -> Client {
    let certificate = Certificate::from_pem(&fs::read(certificate).unwrap()).unwrap();
    Client::builder().tls_certs_only([certificate]).build().unwrap()
}

async fn metadata(client: &Client, idp: &MockIdp) -> reqwest::Result<Value> {
    let url = format!("{}/.well-known/openid-configuration", idp.default_issuer().url());
    client.get(url).send().await?.json().await
}

#[tokio::test]
async fn a_client_that_trusts_the_local_ca_connects() {
    let dir = tempfile::tempdir().unwrap();
    let tls = local_ca(dir.path());
    let idp = serving(&tls).await;
    let metadata = metadata(&trusting(tls.ca().unwrap()), &idp).await.unwrap();
    assert_eq!(metadata["issuer"], format!("https://localhost:{}/oauth2/default", idp.addr().port()));
    assert_eq!(metadata["token_endpoint"], format!("{}/v1/token", idp.default_issuer().url()));
    assert_eq!(idp.local_url(), idp.url());
}

#[tokio::test]
async fn the_ca_is_trusted_after_a_restart_too() {
    let dir = tempfile::tempdir().unwrap();
    let client = trusting(local_ca(dir.path()).ca().unwrap());
    for _ in 0..2 {
        let idp = serving(&local_ca(dir.path())).await;
        metadata(&client, &idp).await.unwrap();
        idp.stop().await;
    }
}

#[tokio::test]
async fn a_client_that_trusts_another_ca_does_not_connect() {
    let (dir, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let tls = local_ca(dir.path());
    let idp = serving(&tls).await;
    let error = metadata(&trusting(local_ca(other.path()).ca().unwrap()), &idp).await.unwrap_err();
    assert!(error.is_connect() && format!("{error:?}").contains("InvalidCertificate"), "{error:?}");
    metadata(&trusting(tls.ca().unwrap()), &idp).await.expect("and disturbs nobody");
}

#[tokio::test]
async fn the_certificate_is_good_for_the_advertised_host_and_this_machine_alone() {
    let dir = tempfile::tempdir().unwrap();
    let tls = Tls::from_local_ca(dir.path(), &["idp.test".to_owned()], Clock::default().now()).unwrap();
    let idp =
        serving_as(&tls, Config { issuer_url: Some("https://idp.test".into()), ..Config::demo() }).await;
    let certificate = Certificate::from_pem(&fs::read(tls.ca().unwrap()).unwrap()).unwrap();
    let mut client = Client::builder().tls_certs_only([certificate]);
    for host in ["idp.test", "other.test"] {
        client = client.resolve(host, idp.addr());
    }
    let client = client.build().unwrap();
    let port = idp.addr().port();
    for (host, trusted) in
        [("idp.test", true), ("localhost", true), ("127.0.0.1", true), ("other.test", false)]
    {
        let answer = client.get(format!("https://{host}:{port}/healthz")).send().await;
        assert_eq!(answer.is_ok(), trusted, "{host}: {answer:?}");
    }
}

#[tokio::test]
async fn a_certificate_of_ones_own_is_served() {
    let dir = tempfile::tempdir().unwrap();
    let (certificate, key) = (dir.path().join("cert.pem"), dir.path().join("key.pem"));
    let own = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    fs::write(&certificate, own.cert.pem()).unwrap();
    fs::write(&key, own.signing_key.serialize_pem()).unwrap();
    let tls = Tls::from_files(&certificate, &key).unwrap();
    assert_eq!((tls.ca(), tls.trust_hints().as_str()), (None, ""));
    let idp = serving(&tls).await;
    metadata(&trusting(&certificate), &idp).await.unwrap();
}

#[tokio::test]
async fn who_does_not_shake_hands_keeps_nobody_waiting() {
    let dir = tempfile::tempdir().unwrap();
    let tls = local_ca(dir.path());
    let idp = serving(&tls).await;
    let _silent = TcpStream::connect(idp.addr()).await.unwrap();
    let mut plain = TcpStream::connect(idp.addr()).await.unwrap();
    plain.write_all(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n").await.unwrap();
    let answer = timeout(PATIENCE, metadata(&trusting(tls.ca().unwrap()), &idp)).await;
    answer.expect("answered while another is silent").unwrap();
    let mut received = Vec::new();
    // An alert or a reset, as the system has it; in any case an end, and no HTTP.
    let _ = timeout(PATIENCE, plain.read_to_end(&mut received)).await.expect("the connection ends");
    assert!(!received.starts_with(b"HTTP"), "plain http is not answered");
}

/// More than were once accepted at a time: 64 whose handshakes had begun, and the queue of the system behind them.
#[tokio::test]
async fn unfinished_handshakes_delay_nobody() {
    let dir = tempfile::tempdir().unwrap();
    let tls = local_ca(dir.path());
    let idp = serving(&tls).await;
    let mut unfinished = Vec::new();
    for _ in 0..300 {
        unfinished.push(timeout(PATIENCE, TcpStream::connect(idp.addr())).await.unwrap().unwrap());
    }
    let answer =
        timeout(PATIENCE, metadata(&trusting(tls.ca().unwrap()), &idp)).await.expect("it is answered");
    answer.unwrap();
}
