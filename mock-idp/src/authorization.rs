//! From parameters to a checked authorization request, in two phases (RFC 6749 §4.1.2.1). Pure.
//!
//! Phase one, [`addressee`], may only end in a page: until the app and its redirect URI are known there is nobody
//! to answer to. Phase two, [`check`], may only end at the callback.

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

/// Who asks, and where the answer goes.
#[derive(Debug)]
pub(crate) struct Addressee<'a> {
    /// The app.
    pub app: &'a App,
    /// The address, with the state and the part of the URL that even errors go to.
    pub callback: Callback,
}

/// Phase one: the app is known and the redirect URI is one of its own. An error is shown to the person.
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

/// Where an error goes: to the mode that was asked for if it makes sense, else to the response type's usual one.
fn error_mode(params: &Params) -> ResponseMode {
    let response_type = params.get("response_type").and_then(ResponseType::parse);
    let usual = match params.get("response_type") {
        // A client that speaks of tokens looks into the fragment, known response type or not.
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

/// Phase two: everything else about the request. An error goes to the callback. `hint` is what `id_token_hint`
/// says, if it is an ID token of this issuer.
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
    if callback.state.is_none() && app.dialect.demands_state() && !app.is_lenient(Leniency::MissingState) {
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

/// The relaxed rules that a request needs to be accepted, of those that are relaxed for its app.
pub(crate) fn relaxed(params: &Params, app: &App) -> Vec<Leniency> {
    let plain = params.has("code_challenge") && params.get("code_challenge_method") != Some(S256);
    let stateless = app.dialect.demands_state() && !params.has("state");
    [(stateless, Leniency::MissingState), (plain, Leniency::PlainPkce)]
        .into_iter()
        .filter(|(needed, rule)| *needed && app.is_lenient(*rule))
        .map(|(_, rule)| rule)
        .collect()
}

/// Request objects and registration on the fly are answered by name (OpenID Connect Core §3.1.2.6).
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

/// The scope of a request: there has to be one, and the app has to be allowed all of it.
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
    // More seconds than fit are more than any session lives.
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
