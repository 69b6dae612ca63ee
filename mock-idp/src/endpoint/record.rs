//! The layer that writes the journal and the log line of each exchange.
//!
//! It looks on while a request is read and never reads ahead, so whoever reads it meets the same limits and the same
//! pace. An answer that is there as a whole is kept; one that is sent piece by piece goes through untouched.

use std::sync::{Arc, Mutex, PoisonError};

use axum::{
    body::{Body, HttpBody, to_bytes},
    extract::{MatchedPath, Request},
    http::{HeaderMap, Method, Version, header, uri::PathAndQuery},
    middleware::Next,
    response::Response,
};
use futures_util::stream;
use http_body_util::BodyExt;

use super::endpoint_of;
use crate::{
    extract::IssuerAt,
    issuer::Issuer,
    journal::{BODY_LIMIT, Exchange, LeftOut, Note, RecordedAnswer, RecordedBody, RecordedRequest},
};

/// Lets a request be answered, then writes down what happened. Preflights are not written down.
pub(super) async fn record(issuer: Option<IssuerAt>, request: Request, next: Next) -> Response {
    let endpoint = request.extensions().get::<MatchedPath>().and_then(|path| endpoint_of(path.as_str()));
    let (Some(IssuerAt(issuer)), Some(endpoint), false) = (issuer, endpoint, is_preflight(&request)) else {
        return next.run(request).await;
    };
    let began = issuer.clock().now();
    let method = request.method().to_string();
    let (request, asked, seen) = watched(request, &issuer);
    let mut response = next.run(request).await;
    let note = response.extensions_mut().remove::<Note>().unwrap_or_default();
    let (response, answer) = kept(response).await;
    let note = if note.has_flow() { note } else { joined(note, &asked, &issuer) };
    let request = RecordedRequest { body: seen.body(), ..asked };
    let (status, at) = (response.status(), issuer.clock().now());
    let entry = note.entry(Exchange { endpoint, method, began, at, status, request, answer });
    tracing::info!(target: "mock-idp", "{}: {entry}", issuer.name());
    issuer.journal().write(entry);
    response
}

/// The note with the flow that the request's credentials belong to: a token, a code, a sign-in page.
fn joined(note: Note, asked: &RecordedRequest, issuer: &Issuer) -> Note {
    let bearer =
        asked.header("authorization").and_then(|value| value.split_once(' ')).map(|(_, token)| token.trim());
    let path = asked.url.split('?').next().unwrap_or_default();
    let page = path.rsplit_once("/sign-in/").map(|(_, page)| page);
    let flow = issuer.step(|step| {
        bearer.into_iter().chain(page).chain(note.credentials()).find_map(|one| step.ledger.flow_of(one))
    });
    note.flow(flow)
}

/// Whether a browser asks beforehand whether it may ask: no call of the app's (Fetch §3.3.2).
fn is_preflight(request: &Request) -> bool {
    request.method() == Method::OPTIONS
        && request.headers().contains_key(header::ACCESS_CONTROL_REQUEST_METHOD)
}

/// What was read of a request's body so far.
#[derive(Default)]
struct Seen {
    /// The beginning of it.
    bytes: Vec<u8>,
    /// How much of it was read.
    read: u64,
    /// Whether there is a body at all.
    exists: bool,
}

/// What is seen of a body while somebody else reads it.
struct Watch(Arc<Mutex<Seen>>);

impl Watch {
    fn body(&self) -> RecordedBody {
        let seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.exists && seen.read == 0 {
            return RecordedBody::without(LeftOut::Unread, None);
        }
        RecordedBody::of(&seen.bytes, seen.read)
    }
}

/// The request, with somebody looking on who reads it; what is known of it beforehand; and what will be seen.
fn watched(request: Request, issuer: &Issuer) -> (Request, RecordedRequest, Watch) {
    let (parts, body) = request.into_parts();
    // The address as it was sent, below the base that the mock advertises.
    let target = parts.uri.path_and_query().map_or("/", PathAndQuery::as_str);
    let asked = RecordedRequest {
        url: format!("{}{target}", issuer.base_url()),
        version: version(parts.version),
        headers: headers(&parts.headers),
        body: RecordedBody::default(),
    };
    let seen = Arc::new(Mutex::new(Seen { exists: !body.is_end_stream(), ..Seen::default() }));
    let watch = Watch(seen.clone());
    let body = if body.is_end_stream() {
        body
    } else {
        Body::new(body.map_frame(move |frame| {
            if let Some(data) = frame.data_ref() {
                let mut seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
                seen.read += data.len() as u64;
                let room = BODY_LIMIT - seen.bytes.len();
                seen.bytes.extend_from_slice(&data[..data.len().min(room)]);
            }
            frame
        }))
    };
    (Request::from_parts(parts, body), asked, watch)
}

/// The response, and what is kept of it.
async fn kept(response: Response) -> (Response, RecordedAnswer) {
    let (parts, body) = response.into_parts();
    let headers = headers(&parts.headers);
    let Some(bytes) = body.size_hint().exact() else {
        let body_kept = RecordedBody::without(LeftOut::Streamed, None);
        return (Response::from_parts(parts, body), RecordedAnswer { headers, body: body_kept });
    };
    let (body, kept) = match to_bytes(body, usize::MAX).await {
        Ok(whole) => {
            let kept = RecordedBody::of(&whole[..whole.len().min(BODY_LIMIT)], bytes);
            (Body::from(whole), kept)
        }
        // It broke off, and does so again for who asked.
        Err(error) => {
            let broken = Body::from_stream(stream::once(async { Err::<Vec<u8>, _>(error) }));
            (broken, RecordedBody::without(LeftOut::Streamed, Some(bytes)))
        }
    };
    (Response::from_parts(parts, body), RecordedAnswer { headers, body: kept })
}

fn headers(headers: &HeaderMap) -> Vec<(String, String)> {
    let text = |value: &[u8]| String::from_utf8_lossy(value).into_owned();
    headers.iter().map(|(name, value)| (name.as_str().to_owned(), text(value.as_bytes()))).collect()
}

fn version(version: Version) -> String {
    format!("{version:?}")
}
