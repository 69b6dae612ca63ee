//! The journal as an HTTP Archive (HAR 1.2), a format that the developer tools of every browser open.
//!
//! The names of additional members begin with `_`, as the specification requires. An unknown size is -1. Times are
//! milliseconds by the issuer's clock: with a frozen clock, all of them are 0.

use std::time::Duration;

use http::StatusCode;
use serde::Serialize;

use super::{
    entry::{Entry, Outcome},
    message::{Omission, RecordedAnswer, RecordedBody, RecordedRequest},
};
use crate::{
    protocol::{endpoint::Endpoint, flow_id::FlowId, params::decode, timestamp::Timestamp},
    refusal::Explanation,
};

/// A size that is not known.
const UNKNOWN: i64 = -1;

/// An archive.
#[derive(Debug, Serialize)]
pub(crate) struct Har {
    log: Log,
}

#[derive(Debug, Serialize)]
struct Log {
    version: &'static str,
    creator: Creator,
    pages: [(); 0],
    entries: Vec<HarEntry>,
}

#[derive(Debug, Serialize)]
struct Creator {
    name: &'static str,
    version: &'static str,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct HarEntry {
    started_date_time: Timestamp,
    time: f64,
    request: HarRequest,
    response: HarResponse,
    cache: Cache,
    timings: Timings,
    #[serde(skip_serializing_if = "Option::is_none")]
    comment: Option<String>,
    #[serde(rename = "_number")]
    number: u64,
    #[serde(rename = "_endpoint")]
    endpoint: Endpoint,
    #[serde(rename = "_outcome")]
    outcome: Outcome,
    #[serde(rename = "_flow", skip_serializing_if = "Option::is_none")]
    flow: Option<FlowId>,
    #[serde(rename = "_refusal", skip_serializing_if = "Option::is_none")]
    refusal: Option<Explanation>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct HarRequest {
    method: String,
    url: String,
    http_version: String,
    cookies: Vec<Pair>,
    headers: Vec<Pair>,
    query_string: Vec<Pair>,
    #[serde(skip_serializing_if = "Option::is_none")]
    post_data: Option<PostData>,
    headers_size: i64,
    body_size: i64,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct HarResponse {
    status: u16,
    status_text: &'static str,
    http_version: String,
    cookies: Vec<Pair>,
    headers: Vec<Pair>,
    content: Content,
    #[serde(rename = "redirectURL")]
    redirect_url: String,
    headers_size: i64,
    body_size: i64,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct PostData {
    mime_type: String,
    /// The specification allows either these or the text. Browsers write both, and read the text.
    params: Vec<Pair>,
    text: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    comment: Option<&'static str>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Content {
    size: i64,
    mime_type: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    comment: Option<&'static str>,
}

#[derive(Debug, Serialize)]
struct Pair {
    name: String,
    value: String,
}

/// An empty object: the mock knows nothing about caches.
#[derive(Debug, Serialize)]
struct Cache {}

#[derive(Debug, Serialize)]
struct Timings {
    send: f64,
    wait: f64,
    receive: f64,
}

impl Har {
    /// The archive of these exchanges. It contains a secret if the entry contains it.
    pub(crate) fn of(entries: Vec<Entry>) -> Self {
        let creator = Creator { name: env!("CARGO_PKG_NAME"), version: env!("CARGO_PKG_VERSION") };
        let entries = entries.into_iter().map(har_entry).collect();
        Self { log: Log { version: "1.2", creator, pages: [], entries } }
    }
}

fn har_entry(entry: Entry) -> HarEntry {
    let time = milliseconds(entry.at.since(entry.began));
    let comment = entry.refusal.as_ref().map(|_| entry.to_string());
    let version = entry.request.version.clone();
    HarEntry {
        started_date_time: entry.began,
        time,
        request: request(entry.method, entry.request),
        response: response(entry.status, version, entry.answer),
        cache: Cache {},
        timings: Timings { send: 0.0, wait: time, receive: 0.0 },
        comment,
        number: entry.number,
        endpoint: entry.endpoint,
        outcome: entry.outcome,
        flow: entry.flow,
        refusal: entry.refusal,
    }
}

fn request(method: String, request: RecordedRequest) -> HarRequest {
    let query = request.url.split_once('?').map(|(_, query)| query.split('#').next().unwrap_or_default());
    let cookies = values(&request.headers, "cookie");
    HarRequest {
        method,
        query_string: query.map(pairs).unwrap_or_default(),
        post_data: post_data(&request),
        cookies: cookies.flat_map(|value| value.split(';')).filter_map(cookie).collect(),
        body_size: size(&request.body),
        headers_size: UNKNOWN,
        http_version: request.version,
        headers: named(request.headers),
        url: request.url,
    }
}

fn response(status: u16, http_version: String, answer: RecordedAnswer) -> HarResponse {
    let reason = StatusCode::from_u16(status).ok().and_then(|status| status.canonical_reason());
    let cookies = values(&answer.headers, "set-cookie");
    HarResponse {
        status,
        status_text: reason.unwrap_or_default(),
        http_version,
        cookies: cookies.filter_map(|value| cookie(value.split(';').next()?)).collect(),
        content: Content {
            size: size(&answer.body).max(0),
            mime_type: answer.header("content-type").unwrap_or("x-unknown").to_owned(),
            comment: answer.body.left_out.map(why),
            text: answer.body.text.clone(),
        },
        redirect_url: answer.header("location").unwrap_or_default().to_owned(),
        headers_size: UNKNOWN,
        body_size: size(&answer.body),
        headers: named(answer.headers),
    }
}

fn post_data(request: &RecordedRequest) -> Option<PostData> {
    let RecordedBody { text, left_out, bytes } = &request.body;
    if bytes == &Some(0) && left_out.is_none() {
        return None;
    }
    let mime_type = request.header("content-type").unwrap_or("application/x-www-form-urlencoded").to_owned();
    let text = text.clone().unwrap_or_default();
    let is_form = mime_type.starts_with("application/x-www-form-urlencoded");
    Some(PostData {
        params: if is_form { pairs(&text) } else { vec![] },
        mime_type,
        text,
        comment: left_out.map(why),
    })
}

/// `name=value&…`, decoded if that is possible.
fn pairs(encoded: &str) -> Vec<Pair> {
    let plain = |text: &str| decode(text.as_bytes()).unwrap_or_else(|_| text.to_owned());
    let pair = |pair: &str| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        Pair { name: plain(name), value: plain(value) }
    };
    encoded.split('&').filter(|pair| !pair.is_empty()).map(pair).collect()
}

fn cookie(pair: &str) -> Option<Pair> {
    let (name, value) = pair.trim().split_once('=')?;
    Some(Pair { name: name.to_owned(), value: value.to_owned() })
}

fn values<'a>(headers: &'a [(String, String)], name: &'a str) -> impl Iterator<Item = &'a str> {
    headers.iter().filter(move |(own, _)| own == name).map(|(_, value)| value.as_str())
}

fn named(headers: Vec<(String, String)>) -> Vec<Pair> {
    headers.into_iter().map(|(name, value)| Pair { name, value }).collect()
}

fn size(body: &RecordedBody) -> i64 {
    body.bytes.and_then(|bytes| i64::try_from(bytes).ok()).unwrap_or(UNKNOWN)
}

fn milliseconds(span: Duration) -> f64 {
    span.as_secs_f64() * 1000.0
}

const fn why(left_out: Omission) -> &'static str {
    match left_out {
        Omission::Unread => "not read: the request was answered first",
        Omission::Streamed => "streamed, and not kept",
        Omission::Binary => "not text, and not kept",
        Omission::Cut => "only the beginning is kept",
        Omission::Masked => "not shown, because it may contain secrets",
        Omission::Forgotten => "forgotten to make room for later exchanges",
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::journal::entry::tests::entry;

    fn archived(entry: Entry) -> serde_json::Value {
        serde_json::to_value(Har::of(vec![entry])).unwrap()["log"]["entries"][0].take()
    }

    #[test]
    fn a_request_is_taken_apart() {
        let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let request = RecordedRequest {
            url: "http://localhost/a?x=1%202&y".into(),
            version: "HTTP/1.1".into(),
            headers: vec![header("cookie", "a=1; b=2"), header("content-type", "application/json")],
            body: RecordedBody::decoded(b"{}", 2, false),
        };
        let archived = archived(Entry { request, ..entry(Endpoint::Token) });
        let request = &archived["request"];
        let pair = |name: &str, value: &str| json!({ "name": name, "value": value });
        assert_eq!(request["queryString"], json!([pair("x", "1 2"), pair("y", "")]));
        assert_eq!(request["cookies"], json!([pair("a", "1"), pair("b", "2")]));
        assert_eq!(
            request["postData"],
            json!({ "mimeType": "application/json", "params": [], "text": "{}" })
        );
        assert_eq!((&request["headersSize"], &request["bodySize"]), (&json!(-1), &json!(2)));
    }

    #[test]
    fn an_exchange_lasts_as_long_as_the_issuers_clock_says() {
        let at = Timestamp::from_unix_seconds(2).unwrap();
        let archived = archived(Entry { at, ..entry(Endpoint::Token) });
        assert_eq!((&archived["time"], &archived["timings"]["wait"]), (&json!(2000.0), &json!(2000.0)));
    }

    #[test]
    fn what_is_left_out_says_why() {
        let answer = RecordedAnswer {
            body: RecordedBody::without(Omission::Streamed, None),
            ..RecordedAnswer::default()
        };
        let archived = archived(Entry { answer, ..entry(Endpoint::Token) });
        let content = &archived["response"]["content"];
        assert_eq!(content["comment"], "streamed, and not kept");
        assert_eq!((&content["size"], &archived["response"]["bodySize"]), (&json!(0), &json!(-1)));
    }
}
