//! The implicit grant: the callback carries the tokens (RFC 6749 §4.2, OpenID Connect Core §3.2).

use super::{Context, Issuance, mint::SignInFacts};
use crate::{
    directory::App,
    ledger::Session,
    protocol::{
        authorization_request::AuthorizationRequest,
        scope::{OFFLINE_ACCESS, Scope},
    },
};

/// Drafts the tokens that an implicit request asks for. There is never a refresh token.
pub(crate) fn issue(
    request: &AuthorizationRequest,
    session: &Session,
    app: &App,
    context: Context<'_>,
) -> Issuance {
    let minting = context.minting(app);
    let Context { ledger, entropy, .. } = context;
    let person = &session.person;
    // There is no refresh token, so the scope that asks for one is not granted.
    let scope: Scope = request.scope.iter().filter(|token| *token != OFFLINE_ACCESS).collect();
    let access = request.response_type.has_token().then(|| {
        let token_id = entropy.access_token_id(None);
        let draft = minting.access(&token_id, &scope, Some(person));
        let grant = entropy.grant_id();
        ledger.revocations.note(&grant, token_id, minting.expiry(Some(person)), minting.now);
        draft
    });
    let id = request.response_type.has_id_token().then(|| {
        // Without an access token the app cannot ask for the claims, so the ID token carries them
        // (OpenID Connect Core §5.4).
        let inline = access.is_none().then_some(&scope);
        let facts = SignInFacts { nonce: request.nonce.as_deref(), auth_time: session.auth_time, inline };
        minting.id(entropy, person, facts)
    });
    Issuance {
        api_key: minting.app.api_key.clone(),
        person: Some(person.clone()),
        at_hash: minting.app.dialect.has_at_hash() && access.is_some(),
        access,
        scope,
        expires_in: minting.lifetimes.access_token,
        refresh_token: None,
        id,
    }
}
