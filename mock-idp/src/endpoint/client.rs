//! The endpoints that an app authenticates at: token, introspection, revocation. Which app a request speaks for,
//! whether it proves that, and what the journal should know (RFC 6749 §2.3).

use super::{
    form::{Form, Written},
    reply::Reply,
    request::Request,
};
use crate::{
    directory::{App, Directory, Leniency},
    fault::RequestFacts,
    journal::Note,
    ledger::Found,
    protocol::{
        claims::Claims,
        grant_type::{GrantType, RequestedGrant},
        jwt::Unverified,
        text::{Code, RefreshToken, Username},
    },
    refusal::{Refusal, RequestRefusal, TokenRefusal},
    step::Step,
};

/// What a request says, and what the issuer knows of its code or token.
pub(super) fn facts(request: &Request, step: &Step<'_>, facts: &mut RequestFacts) {
    let Ok(form) = &request.form else { return };
    facts.app = form.credentials.named().cloned();
    facts.grant_type = form.all.get("grant_type").and_then(RequestedGrant::parse).map(GrantType::from);
    if let Some(code) = form.all.get("code")
        && let Found::Issued(grant) = step.ledger.codes.find(&Code::new(code))
    {
        facts.user = Some(grant.person.username.clone());
        facts.state.clone_from(&grant.request.callback.state);
        facts.sign_in = Some(grant.grant.clone());
    }
    let token = form.all.get("refresh_token").or_else(|| form.all.get("token"));
    if let Some(grant) = token.and_then(|token| step.ledger.refresh_tokens.find(&RefreshToken::new(token))) {
        facts.user = Some(grant.person.username.clone());
        facts.state.clone_from(&grant.state);
        facts.sign_in = Some(grant.grant.clone());
    } else if let Some(token) = form.all.get("token").and_then(Unverified::parse) {
        facts.user = subject(&token.claims, step.directory);
    }
}

/// The user whom a token is about: an access token names the user, an ID token has the user's number.
pub(super) fn subject(claims: &Claims, directory: &Directory) -> Option<Username> {
    let subject = claims.text("sub")?;
    let user = directory.users.iter().find(|user| user.person().uid.as_str() == subject);
    Some(user.map_or_else(|| Username::new(subject), |user| user.username.clone()))
}

/// Decides for an app that has proved who it is, or refuses as JSON.
pub(super) fn authenticated(
    request: &Request,
    facts: &RequestFacts,
    step: &mut Step<'_>,
    decide: impl FnOnce(&Form, &App, Note, &mut Step<'_>) -> Result<Reply, Refusal>,
) -> Reply {
    let form = match &request.form {
        Ok(form) => form,
        Err(refusal) => {
            let dialect = step.directory.common_dialect();
            return Reply::error(refusal.clone().into(), dialect, Note::default(), step);
        }
    };
    let claimed = facts.app.as_ref().and_then(|key| step.directory.app(key)).cloned();
    let note = note(form, claimed.as_ref());
    let decided = authenticated_app(form, claimed.as_ref(), step.directory)
        .cloned()
        .and_then(|app| decide(form, &app, note.clone(), step));
    decided.unwrap_or_else(|refusal| {
        let dialect = step.directory.dialect_of(claimed.as_ref());
        Reply::error(refusal, dialect, note, step)
    })
}

/// What the journal says of a request: its app, and whether a relaxed rule let it pass.
fn note(form: &Form, app: Option<&App>) -> Note {
    let note = Note::default().app(app.map(|app| app.api_key.clone()));
    let relaxed = form.written == Written::Json && app.is_some_and(may_write_json);
    if relaxed { note.lenient(Leniency::JsonTokenRequest.as_str()) } else { note }
}

fn may_write_json(app: &App) -> bool {
    app.is_lenient(Leniency::JsonTokenRequest)
}

/// The app of a request, if it is authenticated and uses an allowed format.
fn authenticated_app<'a>(
    form: &Form,
    claimed: Option<&App>,
    directory: &'a Directory,
) -> Result<&'a App, Refusal> {
    if form.written != Written::Form && !claimed.is_some_and(may_write_json) {
        return Err(RequestRefusal::MediaTypeUnsupported { received: "application/json".to_owned() }.into());
    }
    if form.written == Written::BrokenJson {
        return Err(RequestRefusal::Unreadable { why: "the body is not a JSON object".to_owned() }.into());
    }
    if let Some(name) = form.all.first_repeated() {
        return Err(RequestRefusal::ParameterRepeated { name: name.to_owned() }.into());
    }
    let app = form.credentials.authenticate(directory)?;
    if !form.query.is_empty() && !app.dialect.takes_query_at_token_endpoint() {
        return Err(TokenRefusal::ParametersInQuery.into());
    }
    Ok(app)
}
