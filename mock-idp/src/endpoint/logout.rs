//! `GET` and `POST /v1/logout`: ends the session (OpenID Connect RP-Initiated Logout).

use super::{
    client::subject,
    cookies::CookieChange,
    reply::{Answer, Reply},
    request::Request,
    row::{Cors, Methods, Reads, Row},
};
use crate::{
    directory::{App, Directory},
    fault::RequestFacts,
    journal::Note,
    protocol::{
        endpoint::Endpoint, id_token_hint::IdTokenHint, jwt::Unverified, near_miss, params::Params,
        redirect_uri::RedirectUri, text::ApiKey,
    },
    refusal::{LogoutRefusal, Refusal, RequestRefusal},
    respond::SignedOutPage,
    step::Step,
};

pub(super) const ROW: Row = Row {
    endpoint: Endpoint::Logout,
    recorded: true,
    paths: &["/oauth2/{issuer}/v1/logout"],
    methods: Methods::GetAndPost,
    cors: Cors::Closed,
    reads: Reads::Form,
    presents: |request| request.param("id_token_hint"),
    facts,
    handle: logout,
};

/// The result of logging out.
struct LoggedOut {
    /// Where the browser goes, if anywhere.
    location: Option<Destination>,
    /// Whether the browser's session cookie is to be deleted.
    forget_cookie: bool,
}

/// A registered address, and the client's `state`.
struct Destination {
    uri: RedirectUri,
    state: Option<String>,
}

/// The `id_token_hint` says who logs out and, if its dialect names the app, at which app.
fn facts(request: &Request, step: &Step<'_>, facts: &mut RequestFacts) {
    let hint = request.param("id_token_hint").and_then(Unverified::parse);
    let audience = hint.as_ref().and_then(|hint| hint.claims.text("aud")).map(ApiKey::new);
    let of_hint = audience.filter(|app| step.directory.app(app).is_some());
    facts.app = request.param("client_id").map(ApiKey::new).or(of_hint);
    facts.user = hint.and_then(|hint| subject(&hint.claims, step.directory));
    facts.state = request.param("state").map(str::to_owned);
}

fn logout(request: &Request, _: &RequestFacts, step: &mut Step<'_>) -> Reply {
    let form = request.form.as_ref().map_err(Clone::clone).and_then(|form| form.without_json());
    let decided = form.map_err(Refusal::from).and_then(|form| {
        let hint = request.verified();
        let hint = hint.and_then(|claims| IdTokenHint::of(claims, step.issuer));
        decide(&form.all, hint.as_ref(), request, step)
    });
    match decided {
        Err(refusal) => Reply::refusal_page(refusal, step.directory.common_dialect(), Note::default()),
        Ok(LoggedOut { location, forget_cookie }) => {
            let answer = match location {
                Some(Destination { uri, state }) => Answer::Redirect { uri, state },
                None => Answer::SignedOut(SignedOutPage { issuer: step.name.to_owned() }),
            };
            Reply::new(answer, Note::default()).with_cookie(forget_cookie.then_some(CookieChange::EndSession))
        }
    }
}

/// Ends the session, and says where the browser goes. An invalid request ends nothing.
fn decide(
    params: &Params,
    hint: Option<&IdTokenHint>,
    request: &Request,
    step: &mut Step<'_>,
) -> Result<LoggedOut, Refusal> {
    if let Some(name) = params.first_repeated() {
        return Err(RequestRefusal::ParameterRepeated { name: name.to_owned() }.into());
    }
    if !params.has("id_token_hint") {
        return Err(LogoutRefusal::HintMissing.into());
    }
    let hint = hint.ok_or(LogoutRefusal::HintInvalid)?;
    let app = app(params, hint, step.directory)?;
    let location =
        params.get("post_logout_redirect_uri").map(|sent| place(sent, app, params, step)).transpose()?;
    let session = request.cookies.session.as_ref();
    // Another user's session is not the hint's to end.
    let of_another = session
        .and_then(|id| step.ledger.sessions.live(id, step.now))
        .is_some_and(|session| session.person.uid != hint.subject);
    if let Some(id) = session.filter(|_| !of_another) {
        step.ledger.sessions.end(id);
    }
    Ok(LoggedOut { location, forget_cookie: !of_another })
}

/// The app that logs out, where the request names one. An app whose ID tokens name it can use no other app's
/// (RP-Initiated Logout §2); those of Fortellis name none.
fn app<'a>(
    params: &Params,
    hint: &IdTokenHint,
    directory: &'a Directory,
) -> Result<Option<&'a App>, Refusal> {
    let of_hint = directory.app(&ApiKey::new(&hint.audience));
    let Some(named) = params.get("client_id") else { return Ok(of_hint) };
    let app = directory.known_app(named)?;
    match of_hint {
        Some(of_hint) if of_hint.api_key != app.api_key => {
            Err(LogoutRefusal::HintOfAnotherApp { client_id: named.to_owned() }.into())
        }
        _ => Ok(Some(app)),
    }
}

/// Where the browser goes: to a registered address of the app. Where no app is named, every app's addresses count.
fn place(sent: &str, app: Option<&App>, params: &Params, step: &Step<'_>) -> Result<Destination, Refusal> {
    let apps = app.map_or(step.directory.apps.as_slice(), std::slice::from_ref);
    let found = apps
        .iter()
        .find_map(|app| RedirectUri::registered(sent, &app.post_logout_callbacks, app.dialect.comparison()));
    let Some(uri) = found else {
        let registered: Vec<_> = apps.iter().flat_map(|app| app.post_logout_callbacks.clone()).collect();
        let urls: Vec<String> = registered.iter().map(|uri| uri.url.clone()).collect();
        let near = near_miss::redirect_uri(sent, &urls);
        return Err(LogoutRefusal::RedirectUnregistered { sent: sent.to_owned(), registered, near }.into());
    };
    Ok(Destination { uri, state: params.get("state").map(str::to_owned) })
}

#[cfg(test)]
mod tests {
    use fixtures::{dealer, oidc_app, subscriber};

    use super::{
        super::tests::{Case, OIDC, get, kind, post, with},
        *,
    };
    use crate::{
        grant::TokenOrder,
        protocol::text::{SessionId, Username},
    };

    const PATH: &str = "/oauth2/test/v1/logout";

    /// An ID token of the OIDC app for a user.
    fn hint(case: &Case, username: &str) -> String {
        case.mint(&TokenOrder::new().app(OIDC.0).user(username)).id_token.unwrap()
    }

    fn is_live(case: &Case, session: &CookieChange) -> bool {
        let CookieChange::KeepSession(id) = session else { panic!("no session: {session:?}") };
        let id: &SessionId = id;
        case.issuer.step(|step| step.ledger.sessions.live(id, step.now).is_some())
    }

    #[test]
    fn a_hint_ends_the_session_of_its_user() {
        let case = Case::new();
        let (session, hint) = (case.session(), hint(&case, subscriber::USERNAME));
        let reply = case.send(&ROW, &post(PATH, &[("id_token_hint", &hint)]).cookie(&session));
        assert_eq!(kind(&reply.answer), "signed-out page");
        assert_eq!((reply.note, reply.cookie), (Note::default(), Some(CookieChange::EndSession)));
        assert!(!is_live(&case, &session));
    }

    #[test]
    fn the_browser_goes_to_a_registered_address_with_the_state() {
        let case = Case::new();
        let hint = hint(&case, subscriber::USERNAME);
        let to = oidc_app::REDIRECT_URI;
        let form = [("id_token_hint", hint.as_str()), ("post_logout_redirect_uri", to), ("state", "s")];
        let reply = case.send(&ROW, &post(PATH, &form));
        let Answer::Redirect { uri, state } = reply.answer else { panic!("no redirect: {reply:?}") };
        assert_eq!((uri.as_str(), state.as_deref()), (to, Some("s")));
    }

    #[test]
    fn a_hint_does_not_end_the_session_of_another_user() {
        let case = Case::new();
        let (session, hint) = (case.session(), hint(&case, dealer::USERNAME));
        let reply = case.send(&ROW, &post(PATH, &[("id_token_hint", &hint)]).cookie(&session));
        assert_eq!((kind(&reply.answer), reply.cookie), ("signed-out page", None));
        assert!(is_live(&case, &session));
    }

    #[test]
    fn a_request_with_one_mistake_is_refused_on_a_page_and_ends_nothing() {
        let case = Case::new();
        let (session, hint) = (case.session(), hint(&case, subscriber::USERNAME));
        let good = [("id_token_hint", hint.as_str())];
        let access = case.mint(&TokenOrder::new()).access_token.unwrap();
        for (name, value, rule) in [
            ("id_token_hint", "", "id_token_hint_missing"),
            ("id_token_hint", "x", "id_token_hint_invalid"),
            ("id_token_hint", &access, "id_token_hint_invalid"),
            ("client_id", "nobody", "client_unknown"),
            ("client_id", fixtures::tutorial_app::API_KEY, "id_token_hint_of_another_app"),
            ("post_logout_redirect_uri", "http://evil.test/", "post_logout_redirect_uri_unregistered"),
        ] {
            let sent = post(PATH, &with(&good, name, value)).cookie(&session);
            assert_eq!(case.refused(&ROW, &sent), (rule, "refusal page"), "{name}={value}");
        }
        assert!(is_live(&case, &session));
    }

    #[test]
    fn the_hint_tells_the_app_and_the_user() {
        let case = Case::new();
        let hint = hint(&case, subscriber::USERNAME);
        let facts = case.facts(&ROW, &get(&format!("{PATH}?id_token_hint={hint}&state=s")));
        let expected = RequestFacts {
            app: Some(ApiKey::new(OIDC.0)),
            user: Some(Username::new(subscriber::USERNAME)),
            state: Some("s".to_owned()),
            ..RequestFacts::at(Endpoint::Logout)
        };
        assert_eq!(facts, expected);
    }
}
