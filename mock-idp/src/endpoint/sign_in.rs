//! `GET` and `POST /sign-in/{page}`: the form of the sign-in page. `GET /sign-in/faults`: the faults that a user name
//! can order.
//!
//! A form counts only for a page that is open and in the browser that was shown it, so that nobody can be signed
//! in by a form from elsewhere (RFC 6749 §10.12).

use http::StatusCode;

use super::{
    reply::{Answer, Reply},
    request::Request,
    row::{Cors, Methods, Reads, Row, no_facts, presents_nothing},
    sign_in_page,
};
use crate::{
    directory::User,
    fault::{
        DocumentFault, Kind, NamedFault, NewFault, PREFIX, Phase, RequestFacts, Times, When, groups, named,
    },
    interaction::{self, AuthorizeOutcome, Gives, Granted, SignedIn},
    journal::Note,
    ledger::Found,
    protocol::{
        authorization_request::AuthorizationRequest,
        endpoint::Endpoint,
        flow_id::FlowId,
        grant_type::GrantType,
        params::Params,
        text::{Code, Password, SignInId, Username},
    },
    refusal::SignInRefusal,
    respond::FaultsPage,
    step::Step,
};

/// The same words for a wrong password and for a user who does not exist.
const WRONG: &str = "Unable to sign in. The user name or the password is wrong.";

pub(super) const ROW: Row = Row {
    endpoint: Endpoint::SignIn,
    recorded: true,
    paths: &["/oauth2/{issuer}/sign-in/{named}"],
    methods: Methods::GetAndPost,
    cors: Cors::Closed,
    reads: Reads::Form,
    presents: presents_nothing,
    facts,
    handle: |request, _, step| {
        if request.method == http::Method::POST { submit(request, step) } else { show(request, step) }
    },
};

/// The page that lists the faults which can be typed as a user name.
pub(super) const FAULTS: Row = Row {
    endpoint: Endpoint::SignIn,
    recorded: false,
    paths: &["/oauth2/{issuer}/sign-in/faults"],
    methods: Methods::Get,
    cors: Cors::Closed,
    reads: Reads::Nothing,
    presents: presents_nothing,
    facts: no_facts,
    handle: |_, _, step| {
        let page = FaultsPage { issuer: step.name.to_owned(), prefix: PREFIX, groups: groups() };
        Reply::new(Answer::Faults(page), Note::default())
    },
};

/// The page that a request names.
fn page_id(request: &Request) -> SignInId {
    SignInId::new(request.named.clone().unwrap_or_default())
}

fn facts(request: &Request, step: &Step<'_>, facts: &mut RequestFacts) {
    let Some(opened_for) = step.ledger.sign_ins.opened_for(&page_id(request)) else { return };
    let implicit = opened_for.response_type.is_implicit();
    facts.grant_type = Some(if implicit { GrantType::Implicit } else { GrantType::AuthorizationCode });
    facts.app = Some(opened_for.api_key.clone());
    facts.state.clone_from(&opened_for.callback.state);
    facts.user = request.param("username").map(|typed| Username::new(typed.trim()));
}

/// Shows an open page again, for a browser that reloads it.
fn show(request: &Request, step: &mut Step<'_>) -> Reply {
    let id = page_id(request);
    match step.ledger.sign_ins.find(&id, request.cookies.browser.as_ref(), step.now) {
        Ok(sign_in) => {
            let page = sign_in_page::page(&id, &sign_in.request, None, None, step);
            Reply::new(Answer::SignIn(StatusCode::OK, Box::new(page)), Note::default().asked())
        }
        Err(refusal) => Reply::refusal_page(refusal, step.directory.common_dialect(), Note::default()),
    }
}

fn submit(request: &Request, step: &mut Step<'_>) -> Reply {
    let common_dialect = step.directory.common_dialect();
    let form = request.form.as_ref().map_err(Clone::clone).and_then(|form| form.without_json());
    let form = match form {
        Ok(form) => &form.body,
        Err(refusal) => return Reply::refusal_page(refusal.into(), common_dialect, Note::default()),
    };
    let id = page_id(request);
    let (flow, asked) = match step.ledger.sign_ins.find(&id, request.cookies.browser.as_ref(), step.now) {
        Ok(sign_in) => (sign_in.flow, sign_in.request.clone()),
        Err(refusal) => return Reply::refusal_page(refusal, common_dialect, Note::default()),
    };
    Submitted { form, id: &id, asked, flow, request }.decide(step)
}

/// A form that was posted for an open page.
struct Submitted<'a> {
    form: &'a Params,
    id: &'a SignInId,
    asked: AuthorizationRequest,
    flow: FlowId,
    request: &'a Request,
}

impl Submitted<'_> {
    fn decide(self, step: &mut Step<'_>) -> Reply {
        let note = Note::default().app(Some(self.asked.api_key.clone()));
        if self.form.get("action") == Some("cancel") {
            let dialect = step.directory.dialect_of(step.directory.app(&self.asked.api_key));
            let (callback, refusal) = (self.asked.callback, SignInRefusal::Cancelled.into());
            return Reply::outcome(AuthorizeOutcome::Refused { callback, refusal, dialect }, note);
        }
        let typed = self.form.get("username").unwrap_or_default().trim();
        let password = Password::new(self.form.get("password").unwrap_or_default());
        if let Some(user) = step.directory.authenticate(typed, &password).cloned() {
            let note = note.user(Some(user.username.clone()));
            return Reply::signed_in(self.sign_in(&user, step), note);
        }
        let ordered = match named(typed) {
            None => return self.again(typed, WRONG, note, step),
            Some(Err(near)) => return self.again(typed, &unknown_fault(near), note, step),
            Some(Ok(fault)) => fault,
        };
        match user_of_fault(ordered, &self.asked, step) {
            Err(message) => self.again(typed, &message, note, step),
            Ok(user) => {
                let note = note.user(Some(user.username.clone()));
                with_fault(ordered.kind.clone(), self.sign_in(&user, step), note, step)
            }
        }
    }

    fn sign_in(self, user: &User, step: &mut Step<'_>) -> SignedIn {
        interaction::sign_in(self.asked, user, self.request.cookies.session.as_ref(), self.flow, step)
    }

    /// The page again, with a message.
    fn again(&self, typed: &str, message: &str, note: Note, step: &Step<'_>) -> Reply {
        let page = sign_in_page::page(self.id, &self.asked, Some(typed), Some(message), step);
        Reply::new(Answer::SignIn(StatusCode::UNAUTHORIZED, Box::new(page)), note)
    }
}

/// The page's message for an unknown fault.
fn unknown_fault(near: Option<&str>) -> String {
    match near {
        Some(near) => format!("No fault has this name. Did you mean {PREFIX}{near}@example.com?"),
        None => "No fault has this name. The link “All faults” lists them.".to_owned(),
    }
}

/// The user whom a user name that orders a fault signs in: the first user. `Err` says why the fault cannot apply.
fn user_of_fault(fault: &NamedFault, asked: &AuthorizationRequest, step: &Step<'_>) -> Result<User, String> {
    let implicit = asked.response_type.is_implicit();
    let strikes_at_token_endpoint = !fault.kind.is_within(Endpoint::Authorize);
    if implicit && (strikes_at_token_endpoint || fault.name == "foreign_code") {
        return Err(format!(
            "{PREFIX}{} strikes where a code is exchanged, and this app asks for tokens without one.",
            fault.name
        ));
    }
    step.directory.users.first().cloned().ok_or_else(|| "There is nobody to sign in.".to_owned())
}

/// Orders the fault for this sign-in and no other: in the callback, when the code is exchanged, or when this user
/// asks for userinfo. A fetch of the keys belongs to no sign-in, so a fault of the keys applies to the next fetch.
fn with_fault(kind: Kind, signed_in: SignedIn, note: Note, step: &mut Step<'_>) -> Reply {
    let AuthorizeOutcome::Granted(Granted { gives, .. }) = &signed_in.outcome else {
        return Reply::signed_in(signed_in, note);
    };
    let (endpoint, when) = match (&kind, gives) {
        (Kind::Document(DocumentFault::Keys(_)), _) => (Endpoint::Keys, When::default()),
        (Kind::Document(DocumentFault::Userinfo(_)), _) => {
            (Endpoint::Userinfo, When { user: Some(signed_in.username.clone()), ..When::default() })
        }
        (Kind::Callback(_), _) | (_, Gives::Tokens(_)) => {
            return Reply { fault: Some(kind), ..Reply::signed_in(signed_in, note) };
        }
        (_, Gives::Code(code)) => (Endpoint::Token, exchange_of(code, step)),
    };
    step.faults.arm(NewFault {
        endpoint,
        when,
        phase: Phase::default(),
        fault: kind,
        times: Times::default(),
    });
    Reply::signed_in(signed_in, note)
}

/// The requests that belong to the sign-in of a code.
fn exchange_of(code: &Code, step: &Step<'_>) -> When {
    let sign_in = match step.ledger.codes.find(code) {
        Found::Issued(grant) => Some(grant.grant.clone()),
        Found::Replayed { .. } | Found::Unknown => None,
    };
    When { sign_in, ..When::default() }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use fixtures::{dealer, subscriber};

    use super::{
        super::{
            authorize,
            cookies::CookieChange,
            tests::{CODE_REQUEST, Case, Sent, TUTORIAL, asking, get, kind, post},
        },
        *,
    };
    use crate::protocol::text::ApiKey;

    const GOOD: [(&str, &str); 2] = [("username", dealer::USERNAME), ("password", dealer::PASSWORD)];

    /// A page that is open, and the browser that was shown it.
    fn open(case: &Case) -> (String, CookieChange) {
        let reply = case.send(&authorize::ROW, &asking(&CODE_REQUEST));
        let Answer::SignIn(_, page) = reply.answer else { panic!("no page: {reply:?}") };
        (page.action.rsplit('/').next().unwrap().to_owned(), reply.cookie.unwrap())
    }

    /// The form of a page that has just been opened.
    fn typed(case: &Case, form: &[(&str, &str)]) -> Sent {
        let (page, browser) = open(case);
        post("/", form).named(&page).cookie(&browser)
    }

    fn message(reply: Reply) -> String {
        match reply.answer {
            Answer::SignIn(StatusCode::UNAUTHORIZED, page) => page.message.unwrap(),
            other => panic!("no page with a message: {other:?}"),
        }
    }

    fn note() -> Note {
        Note::default().app(Some(ApiKey::new(TUTORIAL.0)))
    }

    #[test]
    fn the_right_password_begins_a_session_and_gives_a_code() {
        let case = Case::new();
        let reply = case.send(&ROW, &typed(&case, &GOOD));
        assert_eq!(kind(&reply.answer), "granted");
        assert!(matches!(reply.cookie, Some(CookieChange::KeepSession(_))));
        assert_eq!(reply.note, note().user(Some(Username::new(dealer::USERNAME))).gave(["code"]));
    }

    #[test]
    fn a_wrong_password_shows_the_page_again() {
        let case = Case::new();
        let reply = case.send(&ROW, &typed(&case, &[GOOD[0], ("password", "wrong")]));
        assert_eq!((&reply.note, &reply.cookie), (&note(), &None));
        assert_eq!(message(reply), WRONG);
    }

    #[test]
    fn a_page_is_for_its_browser_and_for_an_hour() {
        let case = Case::new();
        let (page, browser) = open(&case);
        let form = post("/", &GOOD).named(&page);
        assert_eq!(case.refused(&ROW, &form), ("sign_in_elsewhere", "refusal page"));
        let form = form.cookie(&browser);
        assert_eq!(case.refused(&ROW, &form.clone().named("none")), ("sign_in_unknown", "refusal page"));
        let shown = case.send(&ROW, &get("/").named(&page).cookie(&browser));
        assert_eq!((kind(&shown.answer), shown.note), ("sign-in page", Note::default().asked()));
        case.issuer.advance(Duration::from_secs(3600));
        assert_eq!(case.refused(&ROW, &form), ("sign_in_unknown", "refusal page"));
    }

    #[test]
    fn a_person_can_cancel() {
        let case = Case::new();
        let cancelled = typed(&case, &[("action", "cancel")]);
        assert_eq!(case.refused(&ROW, &cancelled), ("cancelled", "callback error"));
    }

    #[test]
    fn a_user_name_orders_a_fault_for_its_own_sign_in() {
        let case = Case::new();
        let by_name = |name| case.send(&ROW, &typed(&case, &[("username", name)]));
        let reply = by_name("fault:wrong_state@example.com");
        assert!(matches!(reply.fault, Some(Kind::Callback(_))), "{reply:?}");
        assert_eq!(case.issuer.faults(), []);
        let reply = by_name("fault:expired@example.com");
        assert_eq!((kind(&reply.answer), reply.fault), ("granted", None));
        assert_eq!(reply.note, note().user(Some(Username::new(subscriber::USERNAME))).gave(["code"]));
        let armed = case.issuer.faults();
        assert_eq!((armed.len(), armed[0].endpoint), (1, Endpoint::Token));
        assert!(armed[0].when.sign_in.is_some());
        assert!(message(by_name("fault:expird")).contains("Did you mean fault:expired@example.com?"));
    }
}
