//! Reading a request: its body within bounds, its parameters and credentials once, the signature of its token.

use axum::body::{Body, HttpBody};
use bytes::{Bytes, BytesMut};
use http::request::Parts;
use http_body_util::BodyExt;

use crate::{
    bearer,
    endpoint::{
        cookies::Cookies,
        form::{Form, Unread},
        request::Request,
        row::{Reads, Row},
    },
    journal::{BODY_LIMIT, KeptBody},
    keys::KeyRing,
};

/// Reads a request for a row, and what the journal keeps of its body.
pub(super) async fn request(
    row: &Row,
    named: Option<String>,
    parts: Parts,
    body: Body,
    keys: &KeyRing,
) -> (Request, KeptBody) {
    let reads = if row.methods.take(&parts.method) { row.reads } else { Reads::Nothing };
    let (kept, read) = match reads.limit() {
        None if body.is_end_stream() => (KeptBody::read(Bytes::new(), 0), Ok(())),
        None => (KeptBody::unread(), Ok(())),
        Some(limit) => read(body, limit).await,
    };
    let Parts { method, uri, version, headers, .. } = parts;
    let (form, cookies) = match reads {
        Reads::Form => {
            let body = read.map(|()| &*kept.kept);
            (Form::read(&headers, uri.query(), body), Cookies::of(&headers))
        }
        Reads::Nothing | Reads::Body => (Ok(Form::unread()), Cookies::default()),
    };
    let is_too_large = read == Err(Unread::TooLarge);
    let mut request =
        Request { method, uri, version, headers, named, cookies, form, is_too_large, presented: None };
    request.presented = (row.presents)(&request).map(|token| bearer::verified(keys, token));
    (request, kept)
}

/// Reads a body to its end, but no more than `limit` bytes of it, and keeps the beginning. Of a body that announces
/// that it is larger, only what the journal keeps is read.
async fn read(mut body: Body, limit: usize) -> (KeptBody, Result<(), Unread>) {
    let announced = HttpBody::size_hint(&body).lower();
    let is_too_large = announced > limit as u64;
    let mut kept = BytesMut::new();
    let mut bytes = 0;
    let end = loop {
        if bytes > limit || (is_too_large && kept.len() == BODY_LIMIT) {
            break Err(Unread::TooLarge);
        }
        match body.frame().await {
            None => break Ok(()),
            Some(Err(_)) => break Err(Unread::BrokeOff),
            Some(Ok(frame)) => {
                let Ok(data) = frame.into_data() else { continue };
                bytes += data.len();
                let room = BODY_LIMIT - kept.len();
                kept.extend_from_slice(&data[..data.len().min(room)]);
            }
        }
    };
    (KeptBody::read(kept.freeze(), announced.max(bytes as u64)), end)
}
