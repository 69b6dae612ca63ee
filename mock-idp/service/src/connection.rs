//! One connection: its requests, its time limits, its end.

use std::{
    convert::Infallible,
    io,
    pin::{Pin, pin},
    sync::Arc,
    task::{Context, Poll},
};

use axum::{body::Body, extract::Request, response::Response};
use hyper::{
    body::{Body as HttpBody, Bytes, Frame, Incoming, SizeHint},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::TokioIo;
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    sync::watch,
    time::{Instant, sleep_until},
};
use tower::{Service, ServiceExt};

use crate::{
    Limits,
    activity::{Activity, ConnectionPhase},
    host,
};

/// Serves a connection until the client or a time limit ends it. Once `stopped` changes, the request that is being
/// answered is the last.
pub(crate) async fn serve<I, S>(stream: I, service: S, limits: Limits, mut stopped: watch::Receiver<()>)
where
    I: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    S: Service<Request, Response = Response, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send,
{
    let activity = Arc::new(Activity::start());
    let stream = TokioIo::new(Watched { stream, activity: activity.clone() });
    let of_requests = activity.clone();
    let service = service_fn(move |request: Request<Incoming>| {
        let (service, answering) = (service.clone(), Answering::begin(&of_requests));
        async move {
            let response = match host::refuse(&request) {
                Some(refused) => refused,
                None => service.oneshot(request.map(Body::new)).await?,
            };
            Ok::<_, Infallible>(response.map(|body| AnswerBody { body, _answering: answering }))
        }
    });
    let mut connection = pin!(http1::Builder::new().serve_connection(stream, service));
    let mut timer = pin!(sleep_until(activity.next_look(&limits)));
    let mut stop = pin!(stopped.changed());
    let (mut stopping, mut closing) = (false, false);
    loop {
        tokio::select! {
            biased;
            result = connection.as_mut() => {
                if let Err(error) = result {
                    tracing::trace!(%error, "a connection ended");
                }
                return;
            }
            _ = stop.as_mut(), if !stopping => {
                stopping = true;
                connection.as_mut().graceful_shutdown();
            }
            () = timer.as_mut() => {
                let overdue = activity.deadline(&limits).is_some_and(|deadline| deadline <= Instant::now());
                match activity.phase() {
                    ConnectionPhase::Idle if overdue && !closing => {
                        closing = true;
                        connection.as_mut().graceful_shutdown();
                        timer.as_mut().reset(Instant::now() + limits.header);
                        continue;
                    }
                    // The client does not read the end of the last answer either.
                    ConnectionPhase::Idle | ConnectionPhase::Head if overdue => return,
                    _ => {}
                }
                timer.as_mut().reset(activity.next_look(&limits));
            }
        }
    }
}

/// A request that is being answered. Dropping it makes the connection idle.
struct Answering(Arc<Activity>);

impl Answering {
    fn begin(activity: &Arc<Activity>) -> Self {
        activity.enter(ConnectionPhase::Answer);
        Self(activity.clone())
    }
}

impl Drop for Answering {
    fn drop(&mut self) {
        self.0.enter(ConnectionPhase::Idle);
    }
}

/// The body of an answer, which is under way until the body is dropped.
struct AnswerBody {
    body: Body,
    _answering: Answering,
}

impl HttpBody for AnswerBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// A stream that reports when bytes arrive.
struct Watched<I> {
    stream: I,
    activity: Arc<Activity>,
}

impl<I: AsyncRead + Unpin> AsyncRead for Watched<I> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let polled = Pin::new(&mut self.stream).poll_read(context, buffer);
        if buffer.filled().len() > before {
            self.activity.received();
        }
        polled
    }
}

impl<I: AsyncWrite + Unpin> AsyncWrite for Watched<I> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use axum::{
        Router,
        routing::{get, post},
    };
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex},
        task::{JoinHandle, yield_now},
        time::timeout,
    };

    use super::*;

    const LIMITS: Limits = Limits::from_seconds(10, 75);
    const GET: &str = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";

    /// A client's end of a connection, and when it began.
    struct Client {
        stream: DuplexStream,
        start: Instant,
        _stop: watch::Sender<()>,
        _task: JoinHandle<()>,
    }

    impl Client {
        async fn connect(router: Router) -> Self {
            let (stream, server) = duplex(4096);
            let (stop, stopped) = watch::channel(());
            let task = tokio::spawn(serve(server, router, LIMITS, stopped));
            // The server's time starts with its task.
            yield_now().await;
            Self { stream, start: Instant::now(), _stop: stop, _task: task }
        }

        async fn send(&mut self, text: &str) {
            self.stream.write_all(text.as_bytes()).await.unwrap();
        }

        /// The next piece of an answer.
        async fn read(&mut self) -> String {
            let mut piece = [0; 4096];
            let length = self.stream.read(&mut piece).await.unwrap();
            String::from_utf8_lossy(&piece[..length]).into_owned()
        }

        /// The second at which the server closes the connection without another byte.
        async fn closed_at(&mut self) -> u64 {
            let mut rest = Vec::new();
            self.stream.read_to_end(&mut rest).await.unwrap();
            assert_eq!(String::from_utf8_lossy(&rest), "");
            self.start.elapsed().as_secs()
        }
    }

    fn router() -> Router {
        Router::new().route("/", get(|| async { "here" }))
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_sends_nothing_is_closed_after_the_header_timeout() {
        assert_eq!(Client::connect(router()).await.closed_at().await, 10);
    }

    #[tokio::test(start_paused = true)]
    async fn a_head_that_arrives_in_drops_is_closed_as_well() {
        let mut client = Client::connect(router()).await;
        for piece in ["GET / HT", "TP/1.1\r\nHo", "st: local"] {
            client.send(piece).await;
            tokio::time::advance(Duration::from_secs(3)).await;
        }
        assert_eq!(client.closed_at().await, 10);
    }

    #[tokio::test(start_paused = true)]
    async fn a_connection_may_be_idle_for_longer() {
        let mut client = Client::connect(router()).await;
        tokio::time::advance(Duration::from_secs(2)).await;
        client.send(GET).await;
        assert!(client.read().await.ends_with("here"));
        tokio::time::advance(Duration::from_secs(74)).await;
        client.send(GET).await;
        assert!(client.read().await.ends_with("here"), "it is still open");
        assert_eq!(client.closed_at().await, 2 + 74 + 75);
    }

    #[tokio::test(start_paused = true)]
    async fn the_second_head_has_the_header_timeout() {
        let mut client = Client::connect(router()).await;
        client.send(GET).await;
        assert!(client.read().await.ends_with("here"));
        tokio::time::advance(Duration::from_secs(33)).await;
        client.send("GET / ").await;
        assert_eq!(client.closed_at().await, 43);
    }

    /// As a long poll, a stream of events and an upload do.
    #[tokio::test(start_paused = true)]
    async fn an_answer_and_the_body_of_a_request_may_take_as_long_as_they_need() {
        let slow = || async {
            sleep_until(Instant::now() + Duration::from_secs(1000)).await;
            "late"
        };
        let echo = |text: String| async { text };
        let mut client =
            Client::connect(Router::new().route("/", get(slow)).route("/echo", post(echo))).await;
        client.send(GET).await;
        assert!(client.read().await.ends_with("late"));
        client.send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nab").await;
        assert!(timeout(Duration::from_secs(1000), client.read()).await.is_err(), "nothing is answered yet");
        client.send("cde").await;
        assert!(client.read().await.ends_with("abcde"));
        assert_eq!(client.closed_at().await, 2075);
    }

    #[tokio::test]
    async fn a_request_without_host_or_with_two_is_refused() {
        for (head, status) in [
            ("GET / HTTP/1.1\r\n\r\n", "HTTP/1.1 400 "),
            ("GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", "HTTP/1.1 400 "),
            ("GET http://a/ HTTP/1.1\r\n\r\n", "HTTP/1.1 400 "),
            ("GET / HTTP/1.0\r\n\r\n", "HTTP/1.0 200 "),
            (GET, "HTTP/1.1 200 "),
        ] {
            let mut client = Client::connect(router()).await;
            client.send(head).await;
            let answer = client.read().await;
            assert!(answer.starts_with(status), "{head:?}: {answer}");
        }
    }
}
