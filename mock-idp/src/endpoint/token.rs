//! `POST /v1/token`, also with a trailing slash: the token endpoint (RFC 6749 §3.2).

use http::{HeaderMap, header};

use super::{
    client,
    form::Form,
    reply::{Answer, Reply},
    request::Request,
    row::{Cors, Methods, Reads, Row, presents_nothing},
};
use crate::{
    directory::App,
    fault::RequestFacts,
    grant::{Issuance, TokenRequest},
    protocol::{endpoint::Endpoint, grant_type::GrantType},
    refusal::{Refusal, TokenRefusal},
    step::Step,
};

pub(super) const ROW: Row = Row {
    endpoint: Endpoint::Token,
    recorded: true,
    paths: &["/oauth2/{issuer}/v1/token", "/oauth2/{issuer}/v1/token/"],
    methods: Methods::Post,
    cors: Cors::CallbackOrigins,
    reads: Reads::Form,
    presents: presents_nothing,
    facts: client::facts,
    handle: token,
};

fn token(request: &Request, facts: &RequestFacts, step: &mut Step<'_>) -> Reply {
    // An app that asks for a token of its own begins a flow; others go on with that of their code or refresh token.
    let own = facts.grant_type == Some(GrantType::ClientCredentials);
    let flow = if own { Some(step.ledger.flows.begin()) } else { facts.flow };
    let reply = client::authenticated(request, facts, step, |form, app, note, step| {
        check_origin(&request.headers, app)?;
        let issuance = issue(form, app, step)?;
        if let Some(flow) = flow {
            step.ledger.flows.note(flow, issuance.token_ids());
        }
        let user = issuance.person.as_ref().map(|person| person.username.clone());
        let note = note.user(user).gave(issuance.gives());
        Ok(Reply::new(Answer::Tokens(Box::new(issuance)), note))
    });
    Reply { note: reply.note.flow(flow), ..reply }
}

fn issue(form: &Form, app: &App, step: &mut Step<'_>) -> Result<Issuance, Refusal> {
    let (_, context) = step.for_grants();
    TokenRequest { params: &form.all, app }.decide(context)
}

/// Turns away pages of foreign origins, as Okta does in words. Their browsers would keep the answer from them, but
/// the code would be used up.
fn check_origin(headers: &HeaderMap, app: &App) -> Result<(), Refusal> {
    let Some(origin) = headers.get(header::ORIGIN) else { return Ok(()) };
    let origin = origin.to_str().unwrap_or_default();
    if app.has_origin(origin) {
        return Ok(());
    }
    Err(TokenRefusal::BrowserOriginUnregistered { origin: origin.to_owned() }.into())
}
