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
    interaction::{self, AuthorizeOutcome, Next, next},
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
    let hint = request.verified();
    let hint = hint.and_then(|claims| IdTokenHint::of(claims, step.issuer));
    let reply = Asked { params, request, facts, flow }.decide(hint.as_ref(), note, step);
    // A relaxed rule is noted only if the request was answered.
    if reply.note.is_refusal() {
        return reply;
    }
    let note = relaxed.iter().fold(reply.note, |note, rule| note.lenient(rule.as_str()));
    Reply { note, ..reply }
}

/// The app that a request names, even if the request is invalid: its dialect decides how a refusal is worded.
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
                let outcome = AuthorizeOutcome::Refused { callback: addressee.callback, refusal, dialect };
                return Reply::outcome(outcome, note);
            }
        };
        let cookie = self.request.cookies.session.as_ref();
        let session = cookie.and_then(|id| step.ledger.sessions.live(id, step.now)).cloned();
        match next(&checked, session.as_ref(), step.now) {
            Err(refusal) => {
                let outcome = AuthorizeOutcome::Refused { callback: checked.callback, refusal, dialect };
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

#[cfg(test)]
mod tests {
    use fixtures::subscriber;

    use super::{
        super::tests::{CODE_REQUEST, Case, OIDC, TUTORIAL, asking, kind, post, with},
        *,
    };
    use crate::protocol::text::Username;

    const TYPED: &str = "/oauth2/test/v1/authorize";

    fn note() -> Note {
        Note::default().app(Some(ApiKey::new(TUTORIAL.0))).flow(Some(FlowId::new(1)))
    }

    #[test]
    fn without_a_session_a_page_asks_and_the_browser_is_remembered() {
        let case = Case::new();
        let reply = case.send(&ROW, &asking(&CODE_REQUEST));
        assert!(matches!(&reply.answer, Answer::SignIn(StatusCode::OK, page) if page.message.is_none()));
        assert!(matches!(reply.cookie, Some(CookieChange::KeepBrowser(_))));
        assert_eq!(reply.note, note().asked());
        let again = case.send(&ROW, &asking(&CODE_REQUEST).cookie(&reply.cookie.clone().unwrap()));
        assert_eq!(again.cookie, reply.cookie, "a browser keeps its cookie");
    }

    #[test]
    fn a_session_gets_a_code_without_a_page() {
        let case = Case::new();
        let reply = case.send(&ROW, &asking(&CODE_REQUEST).cookie(&case.session()));
        assert_eq!(kind(&reply.answer), "granted");
        assert_eq!((reply.note, reply.cookie), (note().gave(["code"]), None));
        let asked = asking(&with(&CODE_REQUEST, "prompt", "login")).cookie(&case.session());
        assert_eq!(kind(&case.send(&ROW, &asked).answer), "sign-in page");
    }

    #[test]
    fn an_automatic_user_is_signed_in_without_a_page() {
        let case = Case::new();
        case.issuer.sign_in_as(subscriber::USERNAME);
        let reply = case.send(&ROW, &asking(&CODE_REQUEST));
        let user = Username::new(subscriber::USERNAME);
        assert_eq!(reply.note, note().user(Some(user)).gave(["code"]));
        assert!(matches!(reply.cookie, Some(CookieChange::KeepSession(_))));
    }

    #[test]
    fn a_request_with_one_mistake_is_refused_where_that_is_safe() {
        for (name, value, rule, answer) in [
            ("client_id", "nobody", "client_unknown", "refusal page"),
            ("client_id", "", "client_id_missing", "refusal page"),
            ("redirect_uri", "http://evil.test/", "redirect_uri_unregistered", "refusal page"),
            ("response_type", "nope", "response_type_unsupported", "callback error"),
            ("scope", "nope", "scope_unknown", "callback error"),
            ("max_age", "soon", "max_age_malformed", "callback error"),
            ("prompt", "none", "login_required", "callback error"),
        ] {
            let asked = asking(&with(&CODE_REQUEST, name, value));
            assert_eq!(Case::new().refused(&ROW, &asked), (rule, answer), "{name}={value}");
        }
        let text = post(TYPED, &CODE_REQUEST).header("content-type", "text/plain");
        assert_eq!(Case::new().refused(&ROW, &text), ("media_type_unsupported", "refusal page"));
    }

    #[test]
    fn a_request_tells_its_app_its_grant_its_state_and_the_user_of_its_session() {
        let case = Case::new();
        let asked = asking(&with(&CODE_REQUEST, "client_id", OIDC.0)).cookie(&case.session());
        let expected = RequestFacts {
            grant_type: Some(GrantType::AuthorizationCode),
            app: Some(ApiKey::new(OIDC.0)),
            user: Some(Username::new(subscriber::USERNAME)),
            state: Some("xyz".to_owned()),
            ..RequestFacts::at(Endpoint::Authorize)
        };
        assert_eq!(case.facts(&ROW, &asked), expected);
        let implicit = asking(&with(&CODE_REQUEST, "response_type", "token"));
        assert_eq!(case.facts(&ROW, &implicit).grant_type, Some(GrantType::Implicit));
    }
}
