//! An exchange as the journal keeps it: packed, so that it takes little more memory than its texts. It is unpacked to
//! an [`Entry`] when it is read.

use std::fmt;

use bytes::Bytes;
use http::{HeaderMap, Method, StatusCode, Uri, Version};

use super::{
    entry::{AppliedFault, Entry, LogLine, Outcome},
    message::{Omission, RecordedAnswer, RecordedBody, RecordedRequest},
    note::Note,
    pairs::Pairs,
};
use crate::{
    protocol::{
        endpoint::Endpoint,
        flow_id::FlowId,
        params::Params,
        text::{ApiKey, Username},
        timestamp::Timestamp,
    },
    refusal::Explanation,
};

/// A value longer than this is dropped when space is short, in bytes. Longer values are tokens.
const LONG: usize = 256;
/// How many parameters are kept when space is short.
const MANY: usize = 64;
/// How much of a path is kept when space is short, in bytes.
const LONGEST_PATH: usize = 1024;
/// What the allocator needs for each allocation, in bytes.
const OVERHEAD: usize = 16;

/// One request and its answer.
#[derive(Clone, Debug)]
pub(crate) struct Record {
    /// Counts from 1 within the issuer. The journal assigns it.
    pub(super) number: u64,
    began: Timestamp,
    at: Timestamp,
    pub(super) endpoint: Endpoint,
    method: Method,
    version: Version,
    pub(super) app: Option<ApiKey>,
    pub(super) user: Option<Username>,
    pub(super) flow: Option<FlowId>,
    status: Option<StatusCode>,
    pub(super) outcome: Outcome,
    refusal: Option<Box<Explanation>>,
    lenient: Vec<&'static str>,
    gave: Vec<&'static str>,
    fault: Option<AppliedFault>,
    params: Pairs,
    /// Path and query, as they were sent.
    target: Box<str>,
    request_headers: Pairs,
    request_body: KeptBody,
    answer_headers: Pairs,
    answer_body: KeptBody,
}

/// What is kept of a body.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct KeptBody {
    /// The length in bytes, if it is known.
    pub(crate) bytes: Option<u64>,
    /// The whole body, or its beginning.
    pub(crate) kept: Bytes,
    /// Why it is missing or incomplete.
    pub(crate) omitted: Option<Omission>,
}

impl KeptBody {
    /// The beginning of a body with this many bytes.
    pub(crate) fn read(kept: Bytes, bytes: u64) -> Self {
        let is_cut = u64::try_from(kept.len()).is_ok_and(|kept| kept < bytes);
        Self { bytes: Some(bytes), kept, omitted: is_cut.then_some(Omission::Cut) }
    }

    /// A body that was not read.
    pub(crate) const fn unread() -> Self {
        Self { bytes: None, kept: Bytes::new(), omitted: Some(Omission::Unread) }
    }

    fn to_recorded(&self) -> RecordedBody {
        match (self.omitted, self.bytes) {
            (None | Some(Omission::Cut), Some(bytes)) => {
                RecordedBody::decoded(&self.kept, bytes, self.omitted.is_some())
            }
            (None, None) => RecordedBody::default(),
            (Some(why), bytes) => RecordedBody::without(why, bytes),
        }
    }

    fn of_recorded(body: &RecordedBody) -> Self {
        let kept = body.text.clone().unwrap_or_default().into_bytes().into();
        Self { bytes: body.bytes, kept, omitted: body.left_out }
    }

    fn forget(&mut self) {
        if !self.kept.is_empty() {
            self.kept = Bytes::new();
            self.omitted = Some(Omission::Forgotten);
        }
    }
}

/// The parts of an exchange: request and answer, and when.
#[derive(Debug)]
pub(crate) struct ExchangeParts<'a> {
    /// The endpoint.
    pub(crate) endpoint: Endpoint,
    /// The HTTP method.
    pub(crate) method: &'a Method,
    /// Path and query, as they were sent.
    pub(crate) uri: &'a Uri,
    /// The version of HTTP.
    pub(crate) version: Version,
    /// The headers of the request.
    pub(crate) headers: &'a HeaderMap,
    /// The parameters of the request, in query and form.
    pub(crate) params: Option<&'a Params>,
    /// The body of the request.
    pub(crate) body: KeptBody,
    /// When the request came.
    pub(crate) began: Timestamp,
    /// When it was answered.
    pub(crate) at: Timestamp,
    /// Status, headers and body of the answer; none if a fault withheld the whole answer.
    pub(crate) answer: Option<(StatusCode, &'a HeaderMap, KeptBody)>,
}

impl Record {
    /// What is kept of an exchange.
    pub(crate) fn new(note: Note, parts: ExchangeParts<'_>) -> Self {
        let Note { params: noted, app, user, flow, refusal, asked, lenient, gave, fault } = note;
        let ExchangeParts { endpoint, method, uri, version, headers, params, body, began, at, answer } =
            parts;
        let (status, answer_headers, answer_body) = match answer {
            Some((status, headers, body)) => (Some(status), packed(headers), body),
            None => (None, Pairs::default(), KeptBody::default()),
        };
        let is_error = |status: StatusCode| status.is_client_error() || status.is_server_error();
        let outcome = match status {
            None => Outcome::Unanswered,
            Some(status) if refusal.is_some() || is_error(status) => Outcome::Refused,
            Some(_) if asked => Outcome::Asked,
            Some(_) => Outcome::Answered,
        };
        let all = || {
            let sent = params.iter().flat_map(|params| params.iter());
            let noted = noted.iter().map(|(name, value)| (*name, value.as_str()));
            sent.chain(noted).map(|(name, value)| (name.as_bytes(), value.as_bytes()))
        };
        Self {
            number: 0,
            began,
            at,
            endpoint,
            method: method.clone(),
            version,
            app,
            user,
            flow,
            status,
            outcome,
            refusal: refusal.map(Box::new),
            lenient,
            gave,
            fault,
            params: Pairs::of(all),
            target: uri.path_and_query().map_or("/", |target| target.as_str()).into(),
            request_headers: packed(headers),
            request_body: body,
            answer_headers,
            answer_body,
        }
    }

    /// The exchange as it is shown. `base_url` comes before its path.
    pub(super) fn to_entry(&self, base_url: &str) -> Entry {
        Entry {
            number: self.number,
            began: self.began,
            at: self.at,
            endpoint: self.endpoint,
            method: self.method.to_string(),
            params: self.params.to_text(),
            app: self.app.clone(),
            user: self.user.clone(),
            flow: self.flow,
            status: self.status.map_or(0, |status| status.as_u16()),
            outcome: self.outcome,
            refusal: self.refusal.as_deref().cloned(),
            lenient: self.lenient.clone(),
            gave: self.gave.clone(),
            request: RecordedRequest {
                url: format!("{base_url}{}", self.target),
                version: format!("{:?}", self.version),
                headers: self.request_headers.to_text(),
                body: self.request_body.to_recorded(),
            },
            answer: RecordedAnswer {
                headers: self.answer_headers.to_text(),
                body: self.answer_body.to_recorded(),
            },
            fault: self.fault,
        }
    }

    /// The same exchange with the parameters, addresses, headers and bodies of `entry`, which was made of it.
    pub(super) fn with_texts_of(self, entry: &Entry, base_url: &str) -> Self {
        let target = entry.request.url.strip_prefix(base_url).unwrap_or(&entry.request.url).into();
        Self {
            params: Pairs::of_text(&entry.params),
            target,
            request_headers: Pairs::of_text(&entry.request.headers),
            request_body: KeptBody::of_recorded(&entry.request.body),
            answer_headers: Pairs::of_text(&entry.answer.headers),
            answer_body: KeptBody::of_recorded(&entry.answer.body),
            ..self
        }
    }

    /// How much memory it takes, in bytes.
    pub(super) fn size(&self) -> usize {
        let texts = self.refusal.iter().flat_map(|why| texts(why)).map(String::len);
        let pieces = [
            self.app.as_ref().map_or(0, |app| app.as_str().len()),
            self.user.as_ref().map_or(0, |user| user.as_str().len()),
            self.refusal.as_ref().map_or(0, |_| size_of::<Explanation>()),
            size_of_val(&*self.lenient),
            size_of_val(&*self.gave),
            self.params.bytes(),
            self.target.len(),
            self.request_headers.bytes(),
            self.request_body.kept.len(),
            self.answer_headers.bytes(),
            self.answer_body.kept.len(),
        ];
        let pieces = pieces.into_iter().chain(texts).filter(|bytes| *bytes > 0);
        size_of::<Self>() + pieces.map(|bytes| bytes + OVERHEAD).sum::<usize>()
    }

    /// Drops headers, bodies, queries and long parameters, and shortens other long texts. Returns whether this saved
    /// memory.
    pub(super) fn forget(&mut self) -> bool {
        let before = self.size();
        self.params = Pairs::of(|| self.params.iter().take(MANY).filter(is_short));
        if let Some(why) = &mut self.refusal {
            let Explanation { expected, received, remedy, .. } = &mut **why;
            [expected, received, remedy].into_iter().for_each(shorten);
        }
        let path = self.target.split('?').next().unwrap_or_default();
        self.target = path[..path.floor_char_boundary(LONGEST_PATH)].into();
        self.request_headers = Pairs::default();
        self.answer_headers = Pairs::default();
        self.request_body.forget();
        self.answer_body.forget();
        self.size() < before
    }
}

impl fmt::Display for Record {
    /// One line, as in the log.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let line = LogLine {
            method: self.method.as_str(),
            endpoint: self.endpoint,
            status: self.status.map_or(0, |status| status.as_u16()),
            refusal: self.refusal.as_deref(),
            lenient: &self.lenient,
            fault: self.fault.as_ref(),
        };
        line.fmt(f)
    }
}

fn packed(headers: &HeaderMap) -> Pairs {
    Pairs::of(|| headers.iter().map(|(name, value)| (name.as_str().as_bytes(), value.as_bytes())))
}

/// Whether a parameter is kept when space is short.
const fn is_short((name, value): &(&[u8], &[u8])) -> bool {
    name.len() <= LONG && value.len() <= LONG
}

/// The texts of a refusal that may contain a part of the request.
fn texts(why: &Explanation) -> [&String; 3] {
    [&why.expected, &why.received, &why.remedy]
}

/// Shortens a long text to its beginning.
fn shorten(text: &mut String) {
    const MORE: char = '…';
    if text.len() > LONG {
        text.truncate(text.floor_char_boundary(LONG - MORE.len_utf8()));
        text.push(MORE);
        text.shrink_to_fit();
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::journal::Journal;

    impl Journal {
        /// Writes the exchange of an entry.
        pub(in crate::journal) fn write_entry(&self, entry: &Entry) {
            self.write(record(entry));
        }
    }

    fn record(entry: &Entry) -> Record {
        Record {
            number: 0,
            began: entry.began,
            at: entry.at,
            endpoint: entry.endpoint,
            method: entry.method.parse().unwrap(),
            version: Version::HTTP_11,
            app: entry.app.clone(),
            user: entry.user.clone(),
            flow: entry.flow,
            status: StatusCode::from_u16(entry.status).ok(),
            outcome: entry.outcome,
            refusal: entry.refusal.clone().map(Box::new),
            lenient: entry.lenient.clone(),
            gave: entry.gave.clone(),
            fault: entry.fault,
            params: Pairs::default(),
            target: Box::default(),
            request_headers: Pairs::default(),
            request_body: KeptBody::default(),
            answer_headers: Pairs::default(),
            answer_body: KeptBody::default(),
        }
        .with_texts_of(entry, "")
    }
}
