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

#[cfg(test)]
mod tests {
    use fixtures::subscriber;

    use super::{
        super::tests::{Case, OIDC, TUTORIAL, kind, post, redemption, with},
        *,
    };
    use crate::{
        journal::Note,
        protocol::{
            flow_id::FlowId,
            text::{ApiKey, Username},
        },
    };

    const PATH: &str = "/oauth2/test/v1/token";
    const OWN: [(&str, &str); 2] = [("grant_type", "client_credentials"), ("scope", "anonymous")];

    #[test]
    fn a_code_gives_tokens_for_its_user() {
        let case = Case::new();
        let code = case.code("openid");
        let reply = case.send(&ROW, &post(PATH, &redemption(&code)).by(TUTORIAL));
        assert_eq!((kind(&reply.answer), reply.cookie), ("tokens", None));
        let note = Note::default().app(Some(ApiKey::new(TUTORIAL.0)));
        let note = note.user(Some(Username::new(subscriber::USERNAME)));
        assert_eq!(reply.note, note.gave(["access_token", "id_token"]));
    }

    #[test]
    fn an_app_that_asks_for_itself_begins_a_flow() {
        let case = Case::new();
        for flow in [1, 2] {
            let reply = case.send(&ROW, &post(PATH, &OWN).by(OIDC));
            assert_eq!(kind(&reply.answer), "tokens");
            let note = Note::default().app(Some(ApiKey::new(OIDC.0))).gave(["access_token"]);
            assert_eq!(reply.note, note.flow(Some(FlowId::new(flow))));
        }
    }

    #[test]
    fn a_request_with_one_mistake_is_refused_as_json_and_leaves_the_code() {
        let case = Case::new();
        let code = case.code("openid");
        let good = redemption(&code);
        let refused = |sent| {
            let (rule, answer) = case.refused(&ROW, &sent);
            assert_eq!(answer, "error");
            rule
        };
        assert_eq!(refused(post(PATH, &good)), "client_credentials_missing");
        assert_eq!(refused(post(PATH, &good).by(("nobody", "x"))), "client_unknown");
        assert_eq!(refused(post(PATH, &good).by((TUTORIAL.0, "x"))), "client_secret_wrong");
        assert_eq!(refused(post(PATH, &good).by(OIDC)), "code_of_another_app");
        for (name, value, rule) in [
            ("grant_type", "", "grant_type_missing"),
            ("grant_type", "password", "grant_type_unsupported"),
            ("code", "x", "code_unknown"),
            ("redirect_uri", "http://localhost/", "redirect_uri_mismatch"),
        ] {
            assert_eq!(refused(post(PATH, &with(&good, name, value)).by(TUTORIAL)), rule);
        }
        let json = post(PATH, &good).body("{}".to_owned()).header("content-type", "application/json");
        assert_eq!(refused(json.by(TUTORIAL)), "media_type_unsupported");
        let page = post(PATH, &good).by(TUTORIAL).header("origin", "http://evil.test");
        assert_eq!(refused(page), "browser_origin_unregistered");
        let fine = post(PATH, &good).by(TUTORIAL);
        assert_eq!(kind(&case.send(&ROW, &fine).answer), "tokens");
        assert_eq!(refused(fine), "code_replayed");
    }

    #[test]
    fn a_code_and_a_refresh_token_tell_the_user_and_the_state_of_their_sign_in() {
        let case = Case::new();
        let (code, refresh_token) = (case.code("openid"), case.refresh_token());
        let refresh = [("grant_type", "refresh_token"), ("refresh_token", refresh_token.as_str())];
        for (form, grant_type) in [
            (redemption(&code).to_vec(), GrantType::AuthorizationCode),
            (refresh.to_vec(), GrantType::RefreshToken),
        ] {
            let facts = case.facts(&ROW, &post(PATH, &form).by(TUTORIAL));
            assert_eq!((facts.grant_type, facts.app), (Some(grant_type), Some(ApiKey::new(TUTORIAL.0))));
            assert_eq!(facts.user, Some(Username::new(subscriber::USERNAME)));
            assert_eq!((facts.state.as_deref(), facts.sign_in.is_some()), (Some("xyz"), true));
        }
    }
}
