//! `GET` and `POST /v1/authorize`: the authorization endpoint (RFC 6749 §3.1, OpenID Connect Core §3.1.2).

use http::StatusCode;

use super::{
    cookies::CookieChange,
    reply::{Answer, Reply},
    request::Request,
    row::{Cors, Methods, Reads, Row},
    sign_in_page,
};
use crate::{
    authorization::{addressee, check, relaxed},
    directory::{App, Directory},
    fault::RequestFacts,
    interaction::{self, Next, Outcome, next},
    journal::Note,
    ledger::SignIn,
    protocol::{
        authorization_request::AuthorizationRequest,
        endpoint::Endpoint,
        flow_id::FlowId,
        grant_type::GrantType,
        id_token_hint::IdTokenHint,
        params::Params,
        response::ResponseType,
        text::ApiKey,
        timestamp::{Expiry, Lifetime},
    },
    step::Step,
};

/// How long a sign-in page may be left open.
const SIGN_IN_PAGE_LIFETIME: Lifetime = Lifetime::from_seconds(3600);

pub(super) const ROW: Row = Row {
    endpoint: Endpoint::Authorize,
    recorded: true,
    paths: &["/oauth2/{issuer}/v1/authorize"],
    methods: Methods::GetAndPost,
    cors: Cors::Closed,
    reads: Reads::Form,
    presents: |request| request.param("id_token_hint"),
    facts,
    handle: authorize,
};

fn facts(request: &Request, step: &Step<'_>, facts: &mut RequestFacts) {
    let implicit =
        request.param("response_type").and_then(ResponseType::parse).is_some_and(ResponseType::is_implicit);
    facts.grant_type = Some(if implicit { GrantType::Implicit } else { GrantType::AuthorizationCode });
    facts.app = request.param("client_id").map(ApiKey::new);
    facts.state = request.param("state").map(str::to_owned);
    let session = request.cookies.session.as_ref();
    facts.user = match session.and_then(|id| step.ledger.sessions.live(id, step.now)) {
        Some(session) => Some(session.person.username.clone()),
        None => interaction::automatic_user(step).map(|user| user.username.clone()),
    };
}

fn authorize(request: &Request, facts: &RequestFacts, step: &mut Step<'_>) -> Reply {
    let flow = step.ledger.flows.begin();
    let note = Note::default().flow(Some(flow));
    let form = request.form.as_ref().map_err(Clone::clone).and_then(|form| form.without_json());
    let params = match form {
        Ok(form) => &form.all,
        Err(refusal) => return Reply::refusal_page(refusal.into(), step.directory.common_dialect(), note),
    };
    let app = named_app(facts, step.directory);
    let note = note.app(app.map(|app| app.api_key.clone()));
    let relaxed = app.map(|app| relaxed(params, app)).unwrap_or_default();
    let hint = request.presented.as_ref().and_then(|presented| presented.as_ref().ok());
    let hint = hint.and_then(|claims| IdTokenHint::of(claims, step.issuer));
    let reply = Asked { params, request, facts, flow }.decide(hint.as_ref(), note, step);
    // A request that was refused all the same owes nothing to a relaxed rule.
    if reply.note.is_refusal() {
        return reply;
    }
    let note = relaxed.iter().fold(reply.note, |note, rule| note.lenient(rule.as_str()));
    Reply { note, ..reply }
}

/// The app that a request names, however it breaks the rules: it decides how a refusal is worded.
fn named_app<'a>(facts: &RequestFacts, directory: &'a Directory) -> Option<&'a App> {
    directory.app(facts.app.as_ref()?)
}

/// A request that can be read.
struct Asked<'a> {
    params: &'a Params,
    request: &'a Request,
    facts: &'a RequestFacts,
    flow: FlowId,
}

impl Asked<'_> {
    fn decide(&self, hint: Option<&IdTokenHint>, note: Note, step: &mut Step<'_>) -> Reply {
        let addressee = match addressee(self.params, step.directory) {
            Ok(addressee) => addressee,
            Err(refusal) => {
                let dialect = step.directory.dialect_of(named_app(self.facts, step.directory));
                return Reply::refusal_page(refusal, dialect, note);
            }
        };
        let dialect = addressee.app.dialect;
        let checked = match check(self.params, hint, &addressee) {
            Ok(checked) => checked,
            Err(refusal) => {
                let outcome = Outcome::Refused { callback: addressee.callback, refusal, dialect };
                return Reply::outcome(outcome, note);
            }
        };
        let cookie = self.request.cookies.session.as_ref();
        let session = cookie.and_then(|id| step.ledger.sessions.live(id, step.now)).cloned();
        match next(&checked, session.as_ref(), step.now) {
            Err(refusal) => {
                let outcome = Outcome::Refused { callback: checked.callback, refusal, dialect };
                Reply::outcome(outcome, note)
            }
            Ok(Next::Answer(session)) => {
                Reply::outcome(interaction::answer(checked, session, self.flow, step), note)
            }
            Ok(Next::SignIn) => match interaction::automatic_user(step).cloned() {
                Some(user) => {
                    let signed_in = interaction::sign_in(checked, &user, cookie, self.flow, step);
                    Reply::signed_in(signed_in, note)
                }
                None => self.ask(checked, note, step),
            },
        }
    }

    /// Opens a sign-in page, bound to the browser that asked.
    fn ask(&self, checked: AuthorizationRequest, note: Note, step: &mut Step<'_>) -> Reply {
        let id = step.entropy.sign_in_id();
        let browser = self.request.cookies.browser.clone().unwrap_or_else(|| step.entropy.browser_id());
        let page = sign_in_page::page(&id, &checked, None, None, step);
        let expires = Expiry::after(step.now, SIGN_IN_PAGE_LIFETIME);
        let sign_in = SignIn { flow: self.flow, request: checked, browser: browser.clone(), expires };
        step.ledger.sign_ins.open(id, sign_in);
        Reply::new(Answer::SignIn(StatusCode::OK, Box::new(page)), note.asked())
            .with_cookie(Some(CookieChange::KeepBrowser(browser)))
    }
}
