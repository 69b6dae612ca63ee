//! How fast keys and metadata are answered at 64 connections, with the journal on, beside a bare axum server that
//! answers the same bytes. `cargo bench -p mock-idp --bench documents` prints requests a second and the ratio, each the
//! median of rounds in which the two servers alternate. On a noisy machine only the ratio is meaningful.

#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]

use std::{
    error::Error,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use axum::{
    Router,
    http::{HeaderMap, HeaderName, HeaderValue},
    response::IntoResponse,
    routing::get,
};
use bytes::Bytes;
use mock_idp::MockIdp;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    runtime::Builder,
    task::JoinSet,
};

const CONNECTIONS: usize = 64;
const ROUNDS: usize = 9;
const ROUND: Duration = Duration::from_secs(2);

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

fn main() -> Outcome<()> {
    // `cargo bench` and `cargo test --benches` pass the flags of the standard harness.
    if std::env::args().any(|argument| argument == "--test" || argument == "--list") {
        return Ok(());
    }
    let servers = Builder::new_multi_thread().enable_all().build()?;
    println!("{:<10} {:>14} {:>14} {:>7}", "document", "mock-idp", "bare axum", "ratio");
    for (name, path) in [
        ("keys", "/oauth2/default/v1/keys"),
        ("metadata", "/oauth2/default/.well-known/openid-configuration"),
    ] {
        let (idp, bare) = servers.block_on(async {
            let idp = MockIdp::start().await?;
            let bare = bare(path, idp.addr()).await?;
            Outcome::Ok((idp, bare))
        })?;
        let mut rounds: Vec<(f64, f64)> = Vec::new();
        for round in 0..=ROUNDS {
            let (mock, axum) = (rate(idp.addr(), path)?, rate(bare, path)?);
            // The first round warms up.
            if round > 0 {
                rounds.push((mock, axum));
            }
        }
        let mock = median(rounds.iter().map(|(mock, _)| *mock));
        let axum = median(rounds.iter().map(|(_, axum)| *axum));
        let ratio = median(rounds.iter().map(|(mock, axum)| mock / axum));
        println!("{name:<10} {mock:>12.0}/s {axum:>12.0}/s {:>6.0}%", ratio * 100.0);
    }
    Ok(())
}

/// A server that answers only this path, with the same bytes as the mock.
async fn bare(path: &'static str, mock: SocketAddr) -> Outcome<SocketAddr> {
    let answer = reqwest::get(format!("http://{mock}{path}")).await?;
    let own = ["content-length", "date"];
    let headers: HeaderMap = answer
        .headers()
        .iter()
        .filter(|(name, _)| !own.contains(&name.as_str()))
        .map(|(name, value)| -> Outcome<(HeaderName, HeaderValue)> { Ok((name.clone(), value.clone())) })
        .collect::<Outcome<_>>()?;
    let body: Bytes = answer.bytes().await?;
    let router = Router::new()
        .route(path, get(move || async move { (headers.clone(), body.clone()).into_response() }));
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let addr = listener.local_addr()?;
    tokio::spawn(async move { axum::serve(listener, router).await });
    Ok(addr)
}

/// Requests a second, all connections together.
#[expect(clippy::disallowed_methods, reason = "a round lasts a fixed time")]
fn rate(addr: SocketAddr, path: &'static str) -> Outcome<f64> {
    let clients = Builder::new_current_thread().enable_all().build()?;
    clients.block_on(async {
        let (stopped, answered) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
        let mut connections = JoinSet::new();
        for _ in 0..CONNECTIONS {
            connections.spawn(ask(addr, path, stopped.clone(), answered.clone()));
        }
        let measured = async {
            tokio::time::sleep(ROUND / 10).await;
            let before = (tokio::time::Instant::now(), answered.load(Ordering::Relaxed));
            tokio::time::sleep(ROUND).await;
            let count = answered.load(Ordering::Relaxed) - before.1;
            f64::from(u32::try_from(count).unwrap_or(u32::MAX)) / before.0.elapsed().as_secs_f64()
        };
        let rate = measured.await;
        stopped.store(true, Ordering::Relaxed);
        while let Some(ended) = connections.join_next().await {
            ended??;
        }
        Ok(rate)
    })
}

/// Sends requests over one connection, each after the answer to the previous one.
async fn ask(
    addr: SocketAddr,
    path: &str,
    stopped: Arc<AtomicBool>,
    answered: Arc<AtomicU64>,
) -> Outcome<()> {
    let mut connection = TcpStream::connect(addr).await?;
    connection.set_nodelay(true)?;
    let request = format!("GET {path} HTTP/1.1\r\nHost: localhost:{}\r\nAccept: */*\r\n\r\n", addr.port());
    let mut buffer = vec![0; 16 * 1024];
    let mut whole = None;
    while !stopped.load(Ordering::Relaxed) {
        connection.write_all(request.as_bytes()).await?;
        let mut read = 0;
        loop {
            let bytes = connection.read(&mut buffer[read..]).await?;
            if bytes == 0 {
                return Err("the server closed the connection".into());
            }
            read += bytes;
            if whole.is_none() {
                whole = length(&buffer[..read])?;
            }
            if whole.is_some_and(|whole| read >= whole) {
                break;
            }
        }
        answered.fetch_add(1, Ordering::Relaxed);
    }
    Ok(())
}

/// The length of an answer in bytes, head and body, if its head is complete. All answers of a server have this length.
fn length(answer: &[u8]) -> Outcome<Option<usize>> {
    let text = std::str::from_utf8(answer)?;
    let Some((head, _)) = text.split_once("\r\n\r\n") else { return Ok(None) };
    if !head.starts_with("HTTP/1.1 200") {
        return Err(format!("not answered: {head}").into());
    }
    let body = head
        .lines()
        .find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length: ")?.parse().ok());
    let body: usize = body.ok_or("the answer has no Content-Length")?;
    Ok(Some(head.len() + "\r\n\r\n".len() + body))
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
