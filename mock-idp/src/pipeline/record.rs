//! The journal's entry and the log line of each exchange.

use crate::{
    endpoint::request::Request,
    issuer::Issuer,
    journal::{BODY_LIMIT, ExchangeParts, KeptBody, Note, Record},
    protocol::{endpoint::Endpoint, timestamp::Timestamp},
    respond::Response,
};

/// Records an exchange. `answer` is `None` if a fault holds the whole answer back.
pub(super) fn exchange(
    note: Note,
    endpoint: Endpoint,
    request: &Request,
    body: KeptBody,
    began: Timestamp,
    answer: Option<&Response>,
    issuer: &Issuer,
) {
    let Request { method, uri, version, headers, form, .. } = request;
    let parts = ExchangeParts {
        endpoint,
        method,
        uri,
        version: *version,
        headers,
        params: form.as_ref().ok().map(|form| &form.all),
        body,
        began,
        at: issuer.clock().now(),
        answer: answer.map(|answer| (answer.status(), answer.headers(), kept(answer))),
    };
    let record = Record::new(note, parts);
    tracing::info!(target: "mock-idp", "{}: {record}", issuer.name());
    issuer.journal().write(record);
}

/// What is kept of an answer's body: the same bytes, not a copy.
fn kept(answer: &Response) -> KeptBody {
    let body = answer.body();
    KeptBody::read(body.slice(..body.len().min(BODY_LIMIT)), body.len() as u64)
}
