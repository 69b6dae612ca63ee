//! The locked step: which fault applies to a request, and what the endpoint decides. Choosing, deciding and counting
//! happen under one lock, so that a fault for one request never applies to two.

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

/// A fault that applies to a request.
#[derive(Debug, Clone)]
pub(super) struct PendingFault {
    /// Its number; none where a user name ordered it for this very answer.
    pub(super) id: Option<u64>,
    pub(super) kind: Kind,
    /// Whether it changes what the answer says; otherwise it takes the answer's place.
    pub(super) is_within: bool,
}

impl PendingFault {
    /// A fault of the issuer that applies to a request.
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

/// The result of the locked step.
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

/// Chooses the fault for a request, lets the endpoint decide, and counts the fault if it applies.
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
        // Only the endpoint may have found the app and the user.
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

/// A fault of phase `after` for the app or the user that the endpoint has found.
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

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use fixtures::{dealer, subscriber};

    use super::*;
    use crate::{
        endpoint::{
            TABLE,
            tests::{CODE_REQUEST, Case, OIDC, Sent, TUTORIAL, asking, kind, post, redemption, with},
        },
        fault::{Fault, KeysChange},
        ledger::Found,
    };

    const OWN: [(&str, &str); 2] = [("grant_type", "client_credentials"), ("scope", "anonymous")];

    fn row(endpoint: Endpoint) -> &'static Row {
        TABLE.iter().find(|row| row.endpoint == endpoint).unwrap()
    }

    fn decided(case: &Case, endpoint: Endpoint, sent: &Sent) -> Decided {
        let request = case.read(row(endpoint), sent);
        case.issuer.step(|mut step| {
            let facts = facts(row(endpoint), &request, &step);
            decide(row(endpoint), &request, &facts, &mut step)
        })
    }

    /// What the endpoint answers, and the fault that is applied to it, if any.
    fn answered(case: &Case, endpoint: Endpoint, sent: &Sent) -> (Reply, Option<AppliedFault>) {
        match decided(case, endpoint, sent) {
            Decided::Answered(reply, fault) => (*reply, fault.map(|fault| fault.applied())),
            other => panic!("no answer: {other:?}"),
        }
    }

    const fn fault(id: u64, kind: &'static str) -> AppliedFault {
        AppliedFault { id: Some(id), kind }
    }

    /// How often each fault was counted.
    fn struck(case: &Case) -> Vec<u32> {
        case.issuer.faults().iter().map(|fault| fault.struck).collect()
    }

    /// A form that is posted for a page which has just been opened.
    fn typed(case: &Case, username: &str) -> Sent {
        let (reply, _) = answered(case, Endpoint::Authorize, &asking(&CODE_REQUEST));
        let Answer::SignIn(_, page) = reply.answer else { panic!("no page: {reply:?}") };
        let form = [("username", username), ("password", subscriber::PASSWORD)];
        post("/", &form).named(page.action.rsplit('/').next().unwrap()).cookie(&reply.cookie.unwrap())
    }

    #[test]
    fn of_two_requests_one_meets_a_fault_that_occurs_once() {
        let case = Case::new();
        case.issuer.fail_next(Endpoint::Token, Fault::status(503));
        let sent = post("/", &OWN).by(OIDC);
        assert!(matches!(decided(&case, Endpoint::Token, &sent), Decided::Prevented(_)));
        let (reply, applied) = answered(&case, Endpoint::Token, &sent);
        assert_eq!((kind(&reply.answer), applied, struck(&case)), ("tokens", None, vec![1]));
    }

    #[test]
    fn a_fault_before_leaves_the_code_and_a_fault_after_uses_it_up() {
        let case = Case::new();
        let code = case.code("openid");
        let sent = post("/", &redemption(&code)).by(TUTORIAL);
        case.issuer.fail_next(Endpoint::Token, Fault::reset());
        assert!(matches!(decided(&case, Endpoint::Token, &sent), Decided::Prevented(_)));
        case.issuer.fail_next(Endpoint::Token, Fault::reset().after());
        let (reply, applied) = answered(&case, Endpoint::Token, &sent);
        assert_eq!((kind(&reply.answer), applied), ("tokens", Some(fault(2, "reset"))));
        assert_eq!(answered(&case, Endpoint::Token, &sent).0.note.rule(), Some("code_replayed"));
    }

    #[test]
    fn a_fault_that_does_not_apply_to_the_answer_is_not_counted() {
        let case = Case::new();
        case.issuer.fail_next(Endpoint::Token, Fault::omit(["sub"]));
        case.issuer.fail_next(Endpoint::Keys, Fault::keys(KeysChange::Empty));
        let unknown = post("/", &redemption("unknown")).by(TUTORIAL);
        let (reply, applied) = answered(&case, Endpoint::Token, &unknown);
        assert_eq!((reply.note.rule(), applied), (Some("code_unknown"), None));
        assert_eq!(struck(&case), [0, 0]);
        let (_, applied) = answered(&case, Endpoint::Token, &post("/", &OWN).by(OIDC));
        assert_eq!((applied, struck(&case)), (Some(fault(1, "token")), vec![1, 0]));
    }

    #[test]
    fn a_fault_after_the_request_is_chosen_by_the_user_whom_the_endpoint_has_found() {
        let case = Case::new();
        case.issuer.fail_next(Endpoint::SignIn, Fault::status(503).after().for_user(dealer::USERNAME));
        case.issuer.fail_next(Endpoint::SignIn, Fault::status(503).for_user(subscriber::USERNAME));
        let after = Fault::status(503).after().for_user(subscriber::USERNAME);
        case.issuer.fail_next(Endpoint::SignIn, after);
        // The request names no user. The first user is signed in.
        let (reply, applied) = answered(&case, Endpoint::SignIn, &typed(&case, "fault:expired@example.com"));
        assert_eq!((kind(&reply.answer), applied), ("granted", Some(fault(3, "status"))));
    }

    #[test]
    fn a_fault_that_a_user_name_orders_has_no_number() {
        let case = Case::new();
        let (_, applied) = answered(&case, Endpoint::SignIn, &typed(&case, "fault:wrong_state@example.com"));
        let by_name = AppliedFault { id: None, kind: "callback" };
        assert_eq!((applied, struck(&case)), (Some(by_name), vec![]));
    }

    #[test]
    fn a_foreign_code_is_for_another_user_and_needs_a_code() {
        let case = Case::new();
        case.issuer.fail_next(Endpoint::Authorize, Fault::callback(CallbackChange::ForeignCode));
        let implicit = with(&with(&CODE_REQUEST, "response_type", "token"), "nonce", "n");
        let asked = asking(&implicit).cookie(&case.session());
        assert_eq!((answered(&case, Endpoint::Authorize, &asked).1, struck(&case)), (None, vec![0]));
        let asked = asking(&CODE_REQUEST).cookie(&case.session());
        let (reply, applied) = answered(&case, Endpoint::Authorize, &asked);
        assert_eq!(applied, Some(fault(1, "callback")));
        let Answer::Granted(granted) = reply.answer else { panic!("no code: {reply:?}") };
        let Gives::Code(code) = granted.gives else { panic!("no code: {granted:?}") };
        let username = case.issuer.step(|step| match step.ledger.codes.find(&code) {
            Found::Issued(grant) => grant.person.username.clone(),
            found => panic!("the code was issued: {found:?}"),
        });
        assert_eq!(username.as_str(), dealer::USERNAME);
    }

    #[test]
    fn an_error_at_the_callback_gives_nothing() {
        let case = Case::new();
        case.issuer.fail_next(Endpoint::Authorize, Fault::oauth_error("server_error"));
        let asked = asking(&CODE_REQUEST).cookie(&case.session());
        let (gave, _) = answered(&case, Endpoint::Authorize, &asking(&CODE_REQUEST));
        assert_eq!((kind(&gave.answer), struck(&case)), ("sign-in page", vec![0]));
        let (reply, applied) = answered(&case, Endpoint::Authorize, &asked);
        assert_eq!((kind(&reply.answer), applied), ("granted", Some(fault(1, "oauth_error"))));
        assert_eq!(reply.note, reply.note.clone().gave_nothing());
    }

    #[test]
    fn a_delayed_request_is_decided_later_and_the_delay_is_counted_at_the_choice() {
        let case = Case::new();
        let code = case.code("openid");
        let request = case.read(row(Endpoint::Token), &post("/", &redemption(&code)).by(TUTORIAL));
        case.issuer.fail_next(Endpoint::Token, Fault::delay(Duration::from_secs(1)));
        case.issuer.step(|mut step| {
            let row = row(Endpoint::Token);
            let facts = facts(row, &request, &step);
            let decided = decide(row, &request, &facts, &mut step);
            assert!(matches!(decided, Decided::Delayed(_)), "{decided:?}");
            assert_eq!(step.faults.iter().map(|fault| fault.struck).collect::<Vec<_>>(), [1]);
            assert_eq!(kind(&decide_late(row, &request, &facts, &mut step).answer), "tokens");
        });
    }
}
