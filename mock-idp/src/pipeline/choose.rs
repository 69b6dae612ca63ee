//! The locked step: which fault is meant for a request, and what the endpoint decides. Choosing, deciding and counting
//! happen at one moment, so that of two requests at once one meets the fault.

use http::Method;

use super::cors;
use crate::{
    endpoint::{
        reply::{Answer, Reply},
        request::Request,
        row::Row,
    },
    fault::{
        AnswerFault, ArmedFault, CallbackChange, ConnectionFault, DocumentFault, Kind, Phase, RequestFacts,
    },
    interaction::{Gives, foreign_code},
    journal::{AppliedFault, FLOW_CREDENTIALS},
    ledger::Ledger,
    protocol::{endpoint::Endpoint, flow_id::FlowId},
    refusal::RequestRefusal,
    step::Step,
};

/// A fault that is meant for a request.
#[derive(Debug, Clone)]
pub(super) struct PendingFault {
    /// Its number; none where a user name ordered it for this very answer.
    pub(super) id: Option<u64>,
    pub(super) kind: Kind,
    /// Whether it changes what the answer says; otherwise it takes the answer's place.
    pub(super) is_within: bool,
}

impl PendingFault {
    /// A fault of the issuer that is meant for a request.
    fn armed(fault: &ArmedFault, endpoint: Endpoint) -> Self {
        let (kind, is_within) = (fault.fault.clone(), fault.fault.is_within(endpoint));
        Self { id: Some(fault.id), kind, is_within }
    }

    /// A fault that a user name ordered for this answer.
    fn ordered(kind: Kind, endpoint: Endpoint) -> Self {
        Self { id: None, is_within: kind.is_within(endpoint), kind }
    }

    /// How the journal names it.
    pub(super) const fn applied(&self) -> AppliedFault {
        AppliedFault { id: self.id, kind: self.kind.name() }
    }
}

/// What the locked step comes to.
#[derive(Debug)]
pub(super) enum Decided {
    /// The endpoint has decided; a fault changes its answer, or takes the answer's place.
    Answered(Box<Reply>, Option<PendingFault>),
    /// A fault keeps the endpoint from deciding at all.
    Prevented(PendingFault),
    /// A fault delays the decision.
    Delayed(PendingFault),
}

/// Works out what is known of a request.
pub(super) fn facts(row: &Row, request: &Request, step: &Step<'_>) -> RequestFacts {
    let mut facts = RequestFacts::at(row.endpoint);
    (row.facts)(request, step, &mut facts);
    facts.flow = flow(row, request, step.ledger);
    facts
}

/// The flow that the credentials of a request belong to: a token, a code, a sign-in page.
fn flow(row: &Row, request: &Request, ledger: &Ledger) -> Option<FlowId> {
    let bearer = request.authorization().map(|(_, credentials)| credentials);
    let page = request.named.as_deref().filter(|_| row.endpoint == Endpoint::SignIn);
    let params = FLOW_CREDENTIALS.iter().filter_map(|name| request.param(name));
    bearer.into_iter().chain(page).chain(params).find_map(|credential| ledger.flow_of(credential))
}

/// Chooses the fault that is meant for a request, lets the endpoint decide, and counts the fault if it applies.
pub(super) fn decide(row: &Row, request: &Request, facts: &RequestFacts, step: &mut Step<'_>) -> Decided {
    let is_waiting = row.records(request) && step.faults.wait_at(row.endpoint);
    let chosen = if is_waiting { step.faults.meant_for(facts, |_| true) } else { None };
    let chosen = chosen.map(|fault| (fault.phase, PendingFault::armed(fault, row.endpoint)));
    if let Some((Phase::Before, fault)) = chosen.as_ref().filter(|(_, fault)| !fault.is_within) {
        count(fault, step);
        return match fault.kind {
            Kind::Connection(ConnectionFault::Delay(_)) => Decided::Delayed(fault.clone()),
            _ => Decided::Prevented(fault.clone()),
        };
    }
    let mut reply = handle(row, request, facts, step);
    let pending = match (reply.fault.take(), chosen) {
        (Some(kind), _) => Some(PendingFault::ordered(kind, row.endpoint)),
        (None, Some((_, fault))) => Some(fault),
        // The endpoint may have found out who it was.
        (None, None) if is_waiting => late(row.endpoint, facts, &reply, step),
        (None, None) => None,
    };
    let applies = |fault: &PendingFault| !fault.is_within || changes(&fault.kind, &mut reply.answer, step);
    let fault = pending.filter(applies);
    if let Some(fault) = &fault {
        count(fault, step);
        if fault.is_within && matches!(fault.kind, Kind::Answer(_)) {
            // The callback gets an error in place of what was granted.
            reply.note = reply.note.gave_nothing();
        }
    }
    Decided::Answered(Box::new(reply), fault)
}

/// Lets the endpoint decide, where a fault has delayed that. No other fault is chosen.
pub(super) fn decide_late(row: &Row, request: &Request, facts: &RequestFacts, step: &mut Step<'_>) -> Reply {
    handle(row, request, facts, step)
}

fn handle(row: &Row, request: &Request, facts: &RequestFacts, step: &mut Step<'_>) -> Reply {
    if row.methods.take(&request.method) && request.method != Method::OPTIONS {
        return (row.handle)(request, facts, step);
    }
    if request.method == Method::OPTIONS
        && let Some(response) = cors::options(row, &request.headers, step.directory)
    {
        return Reply::written(response);
    }
    let refusal = RequestRefusal::MethodNotAllowed {
        method: request.method.to_string(),
        allowed: row.methods.allowed(),
    };
    Reply::method_not_allowed(refusal.into(), step)
}

/// A fault behind the request that is meant for the app or the user whom the endpoint has found.
fn late(endpoint: Endpoint, facts: &RequestFacts, reply: &Reply, step: &Step<'_>) -> Option<PendingFault> {
    let (app, user) = reply.note.who();
    let found = RequestFacts {
        app: app.cloned().or_else(|| facts.app.clone()),
        user: user.cloned().or_else(|| facts.user.clone()),
        ..facts.clone()
    };
    let behind = |fault: &ArmedFault| fault.phase == Phase::After;
    step.faults.meant_for(&found, behind).map(|fault| PendingFault::armed(fault, endpoint))
}

fn count(fault: &PendingFault, step: &mut Step<'_>) {
    if let Some(id) = fault.id {
        step.faults.strike(id);
    }
}

/// Whether an answer is one that the fault changes. For a foreign code, that code is issued here.
fn changes(kind: &Kind, answer: &mut Answer, step: &mut Step<'_>) -> bool {
    match (kind, answer) {
        (Kind::Token(_), Answer::Tokens(_))
        | (Kind::Document(DocumentFault::Keys(_)), Answer::Keys)
        | (Kind::Document(DocumentFault::Metadata(_)), Answer::Metadata { .. })
        | (Kind::Document(DocumentFault::Userinfo(_)), Answer::Userinfo(_))
        | (Kind::Callback(_), Answer::Redirect { .. })
        | (Kind::Answer(AnswerFault::OAuthError(_)), Answer::Granted(_)) => true,
        (Kind::Callback(change), Answer::Granted(granted)) => match (change, &mut granted.gives) {
            (CallbackChange::ForeignCode, Gives::Code(code)) => {
                if let Some(foreign) = foreign_code(code, step) {
                    *code = foreign;
                }
                true
            }
            // A foreign code needs a code whose place it takes.
            (CallbackChange::ForeignCode, Gives::Tokens(_)) => false,
            _ => true,
        },
        (Kind::Token(_), Answer::Granted(granted)) => matches!(granted.gives, Gives::Tokens(_)),
        _ => false,
    }
}
