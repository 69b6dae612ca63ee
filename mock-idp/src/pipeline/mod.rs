//! The steps between a request to an endpoint and the end of its answer. [`Pipeline::answer`] lists them; each step is a
//! file.
//!
//! ```text
//!                  ┌──────────── one locked step ────────────┐
//! route ──► read ──► facts ──► choose fault ──► decide ──► count ──► sign, write ──► apply fault ──► record ──► end
//! ```

mod choose;
mod connection;
mod cors;
mod document;
mod read;
mod record;
mod replace;
mod route;
mod unknown;
mod write;

use axum::{body::Body, extract::Request, response::Response};
use http::{HeaderValue, Method, header};

use self::{
    choose::{Decided, PendingFault},
    route::Route,
};
use crate::{
    endpoint::{reply::Reply, request, row::Row},
    fault::RequestFacts,
    issuer::Issuer,
    issuers::Issuers,
    journal::Note,
    respond,
    wire::{Ending, Wire},
};

pub(crate) use unknown::path as unknown_path;

/// Answers the requests to endpoints that come over one connection.
#[derive(Debug, Clone)]
pub(crate) struct Pipeline {
    issuers: Issuers,
    wire: Wire,
}

/// A finished answer, its note for the journal, and how its connection ends.
struct Answered {
    response: respond::Response,
    note: Note,
    ending: Option<Ending>,
}

/// What is known of a request before the endpoint decides.
struct Prepared {
    facts: RequestFacts,
    /// The origin of the app's page, if it may read the answer.
    allowed_origin: Option<HeaderValue>,
}

impl Pipeline {
    /// A pipeline for the requests of one connection.
    pub(crate) const fn new(issuers: Issuers, wire: Wire) -> Self {
        Self { issuers, wire }
    }

    /// Answers a request to an endpoint. `Err` returns the request if no endpoint has its path.
    pub(crate) async fn answer(&self, request: Request) -> Result<Response, Request> {
        let Some(Route { row, issuer: name, named }) = route::find(request.uri().path()) else {
            return Err(request);
        };
        let Some(issuer) = self.issuers.named_by(self.issuers.sender(request.headers()), &name) else {
            let response = unknown::issuer(row, &name, &request, &self.issuers);
            return Ok(whole(response, request.method()).map(Body::from));
        };
        drop(name);
        let began = issuer.clock().now();
        let (parts, body) = request.into_parts();
        let (request, kept) = read::request(row, named, parts, body, issuer.keys()).await;
        let Answered { response, note, ending } = self.decide(row, &request, &issuer).await;
        let response = whole(response, &request.method);
        if row.records(&request) {
            let answer = ending.is_none_or(|ending| !ending.withholds()).then_some(&response);
            record::exchange(note, row.endpoint, &request, kept, began, answer, &issuer);
        }
        Ok(connection::end(response, ending, &self.wire, &self.issuers).await)
    }

    /// Takes the locked step, and writes the answer that it decides on.
    async fn decide(&self, row: &Row, request: &request::Request, issuer: &Issuer) -> Answered {
        let (known, decided) = issuer.step(|mut step| {
            let facts = choose::facts(row, request, &step);
            let app = facts.app.as_ref().and_then(|key| step.directory.app(key));
            let allowed_origin = cors::allowed_origin(&request.headers, app);
            let decided = choose::decide(row, request, &facts, &mut step);
            (Prepared { facts, allowed_origin }, decided)
        });
        match decided {
            Decided::Answered(reply, fault) => made(row, request, *reply, fault.as_ref(), &known, issuer),
            Decided::Prevented(fault) => prevented(row, request, &fault, known, issuer),
            Decided::Delayed(fault) => {
                connection::delay(&fault.kind, &self.issuers).await;
                let reply =
                    issuer.step(|mut step| choose::decide_late(row, request, &known.facts, &mut step));
                let made = made(row, request, reply, None, &known, issuer);
                Answered { note: made.note.fault(fault.applied()), ..made }
            }
        }
    }
}

/// Writes the answer that the endpoint has decided on, and applies a fault to it.
fn made(
    row: &Row,
    request: &request::Request,
    reply: Reply,
    fault: Option<&PendingFault>,
    known: &Prepared,
    issuer: &Issuer,
) -> Answered {
    let Reply { answer, note, cookie, fault: _ } = reply;
    let note = note.flow_unless_known(known.facts.flow);
    let within = fault.filter(|fault| fault.is_within).map(|fault| &fault.kind);
    let mut response = write::answer(answer, request, within, issuer);
    if let Some(cookie) = cookie.and_then(|cookie| cookie.header(issuer.url())) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    let allow = |response: &mut respond::Response| {
        cors::allow(row, &request.method, response.headers_mut(), known.allowed_origin.clone());
    };
    let Some(fault) = fault else {
        allow(&mut response);
        return Answered { response, note, ending: None };
    };
    let note = note.fault(fault.applied());
    if fault.is_within {
        allow(&mut response);
        return Answered { response, note, ending: None };
    }
    let (mut response, ending) = replace::lost(&fault.kind, row.endpoint, response, issuer.clock().now());
    // A correct answer that is sent late or in part has its CORS headers.
    if ending.is_some() || cors::comes_from_a_page(&request.headers) {
        allow(&mut response);
    }
    Answered { response, note, ending }
}

/// The answer of a fault that keeps the endpoint from deciding.
fn prevented(
    row: &Row,
    request: &request::Request,
    fault: &PendingFault,
    known: Prepared,
    issuer: &Issuer,
) -> Answered {
    let Prepared { facts, allowed_origin } = known;
    let (mut response, ending) = replace::never_made(&fault.kind, row.endpoint, issuer.clock().now());
    if cors::comes_from_a_page(&request.headers) {
        cors::allow(row, &request.method, response.headers_mut(), allowed_origin);
    }
    let note = Note::default().app(facts.app).user(facts.user).flow(facts.flow).fault(fault.applied());
    Answered { response, note, ending }
}

/// The answer to a request of this method: HEAD is answered like GET, without the body (RFC 9110 §9.3.2).
fn whole(mut response: respond::Response, method: &Method) -> respond::Response {
    if method == Method::HEAD {
        let length = HeaderValue::from(response.body().len());
        response.headers_mut().insert(header::CONTENT_LENGTH, length);
        response.body_mut().clear();
    }
    response
}
