//! The checks of an authorization request, in two phases (RFC 6749 §4.1.2.1). Pure.
//!
//! An error of phase one, [`addressee`], is shown on a page: until the app and its redirect URI are known, there is no
//! address to answer to. An error of phase two, [`check`], goes to the callback.

use crate::{
    directory::{App, Directory, Leniency},
    protocol::{
        authorization_request::{AuthorizationRequest, Callback, MaxAge},
        grant_type::GrantType,
        id_token_hint::IdTokenHint,
        near_miss,
        params::Params,
        pkce::{Challenge, S256},
        prompt::{BadPrompt, Prompt},
        redirect_uri::RedirectUri,
        response::{ResponseMode, ResponseType},
        scope::{OPENID, Scope},
        text::UserId,
        timestamp::Lifetime,
    },
    refusal::{AuthorizeRefusal, Refusal, RequestRefusal},
};

/// The app that sends the request, and where the answer goes.
#[derive(Debug)]
pub(crate) struct Addressee<'a> {
    /// The app.
    pub app: &'a App,
    /// The address, the state, and the part of the URL that carries errors.
    pub callback: Callback,
}

/// Phase one: the app is known, and the redirect URI is one of its registered ones. An error is shown on a page.
pub(crate) fn addressee<'a>(params: &Params, directory: &'a Directory) -> Result<Addressee<'a>, Refusal> {
    for name in ["client_id", "redirect_uri"] {
        if params.is_repeated(name) {
            return Err(RequestRefusal::ParameterRepeated { name: name.to_owned() }.into());
        }
    }
    let app = directory.known_app(params.get("client_id").ok_or(AuthorizeRefusal::ClientIdMissing)?)?;
    let registered = &app.callbacks;
    let sent = params
        .get("redirect_uri")
        .ok_or_else(|| AuthorizeRefusal::RedirectUriMissing { registered: registered.clone() })?;
    let redirect_uri =
        RedirectUri::registered(sent, registered, app.dialect.comparison()).ok_or_else(|| {
            let urls: Vec<String> = registered.iter().map(|uri| uri.url.clone()).collect();
            AuthorizeRefusal::RedirectUriUnregistered {
                sent: sent.to_owned(),
                registered: registered.clone(),
                near: near_miss::redirect_uri(sent, &urls),
            }
        })?;
    let callback =
        Callback { redirect_uri, mode: error_mode(params), state: params.get("state").map(str::to_owned) };
    Ok(Addressee { app, callback })
}

/// Which part of the callback carries an error: what the request asks for if that is possible, else what is usual for
/// the response type.
fn error_mode(params: &Params) -> ResponseMode {
    let response_type = params.get("response_type").and_then(ResponseType::parse);
    let usual = match params.get("response_type") {
        // A client that asks for tokens reads the fragment, even if the response type is not supported.
        Some(words) if response_type.is_none() && words.split(' ').any(|word| word.ends_with("token")) => {
            ResponseMode::Fragment
        }
        _ => response_type.map_or(ResponseMode::Query, ResponseType::default_mode),
    };
    match params.get("response_mode").and_then(ResponseMode::parse) {
        Some(ResponseMode::Query) | None => usual,
        Some(mode) => mode,
    }
}

/// Phase two: everything else. An error goes to the callback. `hint` is what `id_token_hint` says, if it is an ID token
/// of this issuer.
pub(crate) fn check(
    params: &Params,
    hint: Option<&IdTokenHint>,
    addressee: &Addressee<'_>,
) -> Result<AuthorizationRequest, Refusal> {
    let Addressee { app, callback } = addressee;
    if let Some(name) = params.first_repeated() {
        return Err(RequestRefusal::ParameterRepeated { name: name.to_owned() }.into());
    }
    check_not_offered(params)?;
    let response_type = response_type(params, app)?;
    let mode = response_mode(params, response_type)?;
    let scope = known_scope(params, app)?;
    if response_type.has_id_token() && !scope.contains(OPENID) {
        return Err(AuthorizeRefusal::ScopeOpenidMissing.into());
    }
    if callback.state.is_none() && app.dialect.requires_state() && !app.is_lenient(Leniency::MissingState) {
        return Err(AuthorizeRefusal::StateMissing.into());
    }
    let nonce = params.get("nonce").map(str::to_owned);
    if response_type.is_implicit() && nonce.is_none() {
        return Err(AuthorizeRefusal::NonceMissing.into());
    }
    Ok(AuthorizationRequest {
        api_key: app.api_key.clone(),
        callback: Callback { mode, ..callback.clone() },
        response_type,
        scope,
        nonce,
        prompt: prompt(params)?,
        max_age: max_age(params)?,
        hinted_user: hinted_user(params, hint)?,
        login_hint: params.get("login_hint").map(str::to_owned),
        challenge: challenge(params, app, response_type)?,
    })
}

/// The rules that are relaxed for the app and that the request would break otherwise.
pub(crate) fn relaxed(params: &Params, app: &App) -> Vec<Leniency> {
    let plain = params.has("code_challenge") && params.get("code_challenge_method") != Some(S256);
    let stateless = app.dialect.requires_state() && !params.has("state");
    [(stateless, Leniency::MissingState), (plain, Leniency::PlainPkce)]
        .into_iter()
        .filter(|(needed, rule)| *needed && app.is_lenient(*rule))
        .map(|(_, rule)| rule)
        .collect()
}

/// Request objects and registration are not offered. Each has an error of its own (OpenID Connect Core §3.1.2.6).
fn check_not_offered(params: &Params) -> Result<(), AuthorizeRefusal> {
    for (name, refusal) in [
        ("request", AuthorizeRefusal::RequestObjectUnsupported),
        ("request_uri", AuthorizeRefusal::RequestUriUnsupported),
        ("registration", AuthorizeRefusal::RegistrationUnsupported),
    ] {
        if params.has(name) {
            return Err(refusal);
        }
    }
    Ok(())
}

fn response_type(params: &Params, app: &App) -> Result<ResponseType, AuthorizeRefusal> {
    let received = params.get("response_type").ok_or(AuthorizeRefusal::ResponseTypeMissing)?;
    let response_type = ResponseType::parse(received)
        .ok_or_else(|| AuthorizeRefusal::ResponseTypeUnsupported { received: received.to_owned() })?;
    let grant = if response_type.is_implicit() { GrantType::Implicit } else { GrantType::AuthorizationCode };
    if app.may(grant) {
        return Ok(response_type);
    }
    Err(AuthorizeRefusal::ResponseTypeNotAllowed {
        received: response_type.as_str(),
        allowed: app.grants.clone(),
    })
}

fn response_mode(params: &Params, response_type: ResponseType) -> Result<ResponseMode, AuthorizeRefusal> {
    let Some(received) = params.get("response_mode") else { return Ok(response_type.default_mode()) };
    let mode = ResponseMode::parse(received)
        .ok_or_else(|| AuthorizeRefusal::ResponseModeUnsupported { received: received.to_owned() })?;
    if mode == ResponseMode::Query && response_type.is_implicit() {
        return Err(AuthorizeRefusal::ResponseModeQueryForToken);
    }
    Ok(mode)
}

/// The scope of a request. It must not be empty, and the app must be registered for all of it.
pub(crate) fn known_scope(params: &Params, app: &App) -> Result<Scope, AuthorizeRefusal> {
    let scope: Scope =
        params.get("scope").unwrap_or_default().parse().map_err(|_| AuthorizeRefusal::ScopeMalformed)?;
    if scope.is_empty() {
        return Err(AuthorizeRefusal::ScopeMissing);
    }
    let unknown = scope.beyond(&app.scopes);
    let Some(first) = unknown.first() else { return Ok(scope) };
    let near = near_miss::nearest(first, app.scopes.iter()).map(str::to_owned);
    Err(AuthorizeRefusal::ScopeUnknown {
        unknown,
        known: app.scopes.iter().map(str::to_owned).collect(),
        near,
    })
}

fn prompt(params: &Params) -> Result<Prompt, AuthorizeRefusal> {
    let Some(received) = params.get("prompt") else { return Ok(Prompt::AsNeeded) };
    Prompt::parse(received).map_err(|bad| match bad {
        BadPrompt::NoneWithOthers => AuthorizeRefusal::PromptNoneWithOthers { received: received.to_owned() },
        BadPrompt::Unknown => AuthorizeRefusal::PromptUnknown { received: received.to_owned() },
    })
}

fn max_age(params: &Params) -> Result<Option<MaxAge>, AuthorizeRefusal> {
    let Some(received) = params.get("max_age") else { return Ok(None) };
    if !received.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(AuthorizeRefusal::MaxAgeMalformed { received: received.to_owned() });
    }
    // A number that does not fit is longer than any session lives.
    Ok(Some(MaxAge(Lifetime::from_seconds(received.parse().unwrap_or(u32::MAX)))))
}

fn hinted_user(params: &Params, hint: Option<&IdTokenHint>) -> Result<Option<UserId>, AuthorizeRefusal> {
    match hint {
        Some(hint) => Ok(Some(hint.subject.clone())),
        None if params.has("id_token_hint") => Err(AuthorizeRefusal::IdTokenHintInvalid),
        None => Ok(None),
    }
}

fn challenge(
    params: &Params,
    app: &App,
    response_type: ResponseType,
) -> Result<Option<Challenge>, AuthorizeRefusal> {
    let (challenge, method) = (params.get("code_challenge"), params.get("code_challenge_method"));
    let Some(challenge) = challenge else {
        if method.is_some() {
            return Err(AuthorizeRefusal::ChallengeMalformed);
        }
        let needed = app.is_public() && !response_type.is_implicit();
        return if needed { Err(AuthorizeRefusal::ChallengeMissing) } else { Ok(None) };
    };
    // A challenge without a method means `plain` (RFC 7636 §4.3).
    let plain = match method {
        Some(S256) => false,
        Some("plain") | None if app.is_lenient(Leniency::PlainPkce) => true,
        other => {
            let received = other.unwrap_or("no method, which means plain").to_owned();
            return Err(AuthorizeRefusal::ChallengeMethodUnsupported { received });
        }
    };
    Challenge::parse(challenge, plain).map(Some).ok_or(AuthorizeRefusal::ChallengeMalformed)
}

#[cfg(test)]
mod tests {
    use fixtures::{
        oidc_app,
        tutorial_app::{API_KEY, REDIRECT_URI},
    };
    use proptest::{prelude::*, sample::subsequence};

    use super::*;
    use crate::Config;

    const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

    /// The tutorial's request for a code: a valid case for a test to change in one place.
    fn valid() -> Params {
        Params::of(&[
            ("client_id", API_KEY),
            ("redirect_uri", REDIRECT_URI),
            ("response_type", "code"),
            ("scope", "openid profile"),
            ("state", "xyz"),
        ])
    }

    fn implicit() -> Params {
        valid().with("response_type", "id_token token").with("nonce", "n")
    }

    /// Both phases, as the endpoint runs them. The tutorial's app is changed first.
    fn checked(params: &Params, change: impl FnOnce(&mut App)) -> Result<AuthorizationRequest, Refusal> {
        let mut directory = Config::demo().directory;
        change(&mut directory.apps[0]);
        check(params, None, &addressee(params, &directory)?)
    }

    fn rule(params: &Params) -> &'static str {
        rule_for(params, |_| {})
    }

    fn rule_for(params: &Params, change: impl FnOnce(&mut App)) -> &'static str {
        checked(params, change).expect_err("the request is refused").explain().rule
    }

    fn found(params: &Params) -> Result<Callback, &'static str> {
        let directory = Config::demo().directory;
        addressee(params, &directory).map(|it| it.callback).map_err(|refusal| refusal.explain().rule)
    }

    fn twice(params: Params, name: &str) -> Params {
        params.merged_with(Params::of(&[(name, "again")]))
    }

    #[test]
    fn a_valid_request_says_what_it_asks_for() {
        let request = checked(&valid().with("login_hint", "sam").with("nonce", "n"), |_| {}).unwrap();
        let scope = "openid profile".parse().unwrap();
        let expected = AuthorizationRequest {
            scope,
            nonce: Some("n".to_owned()),
            login_hint: Some("sam".to_owned()),
            ..AuthorizationRequest::tutorial()
        };
        assert_eq!(request, expected);
        let request = checked(&implicit(), |_| {}).unwrap();
        assert_eq!(request.response_type, ResponseType::IdTokenToken);
        assert_eq!(request.callback.mode, ResponseMode::Fragment);
    }

    #[test]
    fn phase_one_finds_the_app_and_the_callback() {
        let callback = found(&valid().with("response_mode", "form_post")).unwrap();
        assert_eq!(callback.redirect_uri.as_str(), REDIRECT_URI);
        assert_eq!((callback.mode, callback.state.as_deref()), (ResponseMode::FormPost, Some("xyz")));
        for (spoiled, refused) in [
            (valid().without("client_id"), "client_id_missing"),
            (valid().with("client_id", "unknown"), "client_unknown"),
            (twice(valid(), "client_id"), "parameter_repeated"),
            (valid().without("redirect_uri"), "redirect_uri_missing"),
            (valid().with("redirect_uri", "http://localhost:8080/elsewhere"), "redirect_uri_unregistered"),
            (twice(valid(), "redirect_uri"), "parameter_repeated"),
        ] {
            assert_eq!(found(&spoiled).unwrap_err(), refused);
        }
    }

    #[test]
    fn phase_one_ignores_everything_else() {
        for spoiled in [
            valid().without("response_type"),
            valid().with("scope", "unknown"),
            twice(valid(), "scope"),
            valid().with("request", "x"),
            valid().with("prompt", "none login"),
        ] {
            assert!(found(&spoiled).is_ok());
        }
        assert_eq!(found(&twice(valid(), "state")).unwrap().state, None, "a repeated state is not returned");
    }

    #[test]
    fn a_redirect_uri_that_is_nearly_registered_is_named() {
        let params = valid().with("redirect_uri", "http://localhost:8080");
        let directory = Config::demo().directory;
        let oidc = params.with("client_id", oidc_app::API_KEY);
        let Err(Refusal::Authorize(AuthorizeRefusal::RedirectUriUnregistered { near, .. })) =
            addressee(&oidc, &directory)
        else {
            panic!("dialect oidc compares exactly");
        };
        assert!(near.is_some_and(|near| near.starts_with("http://localhost:8080/ is registered")));
    }

    #[test]
    fn errors_go_to_the_part_of_the_callback_that_the_client_reads() {
        for (response_type, response_mode, mode) in [
            ("code", None, ResponseMode::Query),
            ("code", Some("fragment"), ResponseMode::Fragment),
            ("code", Some("form_post"), ResponseMode::FormPost),
            ("code", Some("unknown"), ResponseMode::Query),
            ("token", None, ResponseMode::Fragment),
            ("id_token", Some("query"), ResponseMode::Fragment),
            ("code id_token", None, ResponseMode::Fragment),
            ("unknown", None, ResponseMode::Query),
        ] {
            let params = valid().with("response_type", response_type);
            let params = response_mode.map_or(params.clone(), |mode| params.with("response_mode", mode));
            assert_eq!(found(&params).unwrap().mode, mode, "{response_type} {response_mode:?}");
        }
    }

    #[test]
    fn phase_two_refuses_each_mistake_by_name() {
        for (spoiled, refused) in [
            (twice(valid(), "scope"), "parameter_repeated"),
            (twice(valid().with("unknown", "1"), "unknown"), "parameter_repeated"),
            (valid().with("request", "x"), "request_unsupported"),
            (valid().with("request_uri", "x"), "request_uri_unsupported"),
            (valid().with("registration", "x"), "registration_unsupported"),
            (valid().without("response_type"), "response_type_missing"),
            (valid().with("response_type", "code token"), "response_type_unsupported"),
            (valid().with("response_mode", "elsewhere"), "response_mode_unsupported"),
            (implicit().with("response_mode", "query"), "response_mode_query_for_token"),
            (valid().without("scope"), "scope_missing"),
            (valid().with("scope", " "), "scope_missing"),
            (valid().with("scope", "open\"id"), "scope_malformed"),
            (valid().with("scope", "openid everything"), "scope_unknown"),
            (implicit().with("scope", "profile"), "scope_openid_missing"),
            (valid().without("state"), "state_missing"),
            (implicit().without("nonce"), "nonce_missing"),
            (valid().with("prompt", "dance"), "prompt_unknown"),
            (valid().with("prompt", "none login"), "prompt_none_with_others"),
            (valid().with("max_age", "-1"), "max_age_malformed"),
            (valid().with("max_age", "1h"), "max_age_malformed"),
            (valid().with("id_token_hint", "x"), "id_token_hint_invalid"),
            (valid().with("code_challenge_method", "S256"), "code_challenge_malformed"),
            (with_challenge("short", Some("S256")), "code_challenge_malformed"),
            (with_challenge(CHALLENGE, None), "code_challenge_method_unsupported"),
            (with_challenge(CHALLENGE, Some("plain")), "code_challenge_method_unsupported"),
        ] {
            let names: Vec<&str> = spoiled.iter().map(|(name, _)| name).collect();
            assert_eq!(rule(&spoiled), refused, "{names:?}");
        }
    }

    fn with_challenge(challenge: &str, method: Option<&str>) -> Params {
        let params = valid().with("code_challenge", challenge);
        method.map_or(params.clone(), |method| params.with("code_challenge_method", method))
    }

    #[test]
    fn an_app_uses_only_the_response_types_of_its_grants() {
        let only = |grant| move |app: &mut App| app.grants = vec![grant];
        assert_eq!(rule_for(&valid(), only(GrantType::Implicit)), "response_type_not_allowed");
        assert_eq!(rule_for(&implicit(), only(GrantType::AuthorizationCode)), "response_type_not_allowed");
        assert!(checked(&valid(), only(GrantType::AuthorizationCode)).is_ok());
        assert!(checked(&implicit(), only(GrantType::Implicit)).is_ok());
    }

    #[test]
    fn a_public_app_needs_a_challenge_for_a_code() {
        let public = |app: &mut App| app.api_secret = None;
        assert_eq!(rule_for(&valid(), public), "code_challenge_missing");
        assert!(checked(&implicit(), public).is_ok(), "the implicit grant has no code");
        let request = checked(&with_challenge(CHALLENGE, Some("S256")), public).unwrap();
        assert_eq!(request.challenge, Challenge::parse(CHALLENGE, false));
    }

    #[test]
    fn relaxed_rules_accept_what_they_name_and_are_reported() {
        let mut app = Config::demo().directory.apps[0].clone();
        let (stateless, plain) = (valid().without("state"), with_challenge(CHALLENGE, Some("plain")));
        assert_eq!(relaxed(&stateless, &app), []);
        app.lenient = vec![Leniency::MissingState, Leniency::PlainPkce];
        let lenient = |changed: &mut App| changed.lenient.clone_from(&app.lenient);
        assert_eq!(checked(&stateless, lenient).unwrap().callback.state, None);
        for challenge in [plain.clone(), with_challenge(CHALLENGE, None)] {
            let request = checked(&challenge, lenient).unwrap();
            assert_eq!(request.challenge, Challenge::parse(CHALLENGE, true));
        }
        assert_eq!(relaxed(&stateless, &app), [Leniency::MissingState]);
        assert_eq!(relaxed(&plain, &app), [Leniency::PlainPkce]);
        assert_eq!(relaxed(&valid(), &app), [], "the request keeps every rule");
    }

    #[test]
    fn state_is_optional_in_dialect_oidc() {
        let params = valid().with("client_id", oidc_app::API_KEY).without("state");
        assert!(checked(&params, |_| {}).is_ok());
    }

    #[test]
    fn a_hint_names_the_only_user_who_may_answer() {
        let directory = Config::demo().directory;
        let params = valid().with("id_token_hint", "a token that was verified");
        let hint = IdTokenHint { subject: UserId::new("00u1"), audience: API_KEY.to_owned() };
        let request = check(&params, Some(&hint), &addressee(&params, &directory).unwrap()).unwrap();
        assert_eq!(request.hinted_user, Some(hint.subject));
    }

    #[test]
    fn max_age_is_a_number_of_seconds_of_any_size() {
        for (sent, seconds) in [("0", 0), ("600", 600), ("99999999999999999999", u32::MAX)] {
            let request = checked(&valid().with("max_age", sent), |_| {}).unwrap();
            assert_eq!(request.max_age, Some(MaxAge(Lifetime::from_seconds(seconds))));
        }
    }

    proptest! {
        #[test]
        fn an_accepted_scope_is_one_that_the_app_is_registered_for(
            registered in subsequence(vec!["openid", "profile", "email", "anonymous"], 0..=4),
            asked in subsequence(vec!["openid", "profile", "email", "anonymous", "unknown"], 0..=5),
        ) {
            let allowed: Scope = registered.into_iter().collect();
            let asked: Scope = asked.into_iter().collect();
            let app = App { scopes: allowed.clone(), ..Config::demo().directory.apps.remove(0) };
            let fine = !asked.is_empty() && asked.beyond(&allowed).is_empty();
            let known = known_scope(&Params::of(&[("scope", &asked.to_string())]), &app);
            prop_assert_eq!(known.ok(), fine.then_some(asked));
        }
    }
}
