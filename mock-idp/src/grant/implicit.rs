//! The implicit grant: tokens straight in the callback (RFC 6749 §4.2, OpenID Connect Core §3.2).

use super::{Issuance, Minting, mint::SignInFacts};
use crate::{
    entropy::Entropy,
    ledger::{Ledger, Session},
    protocol::{authorization_request::AuthorizationRequest, scope::Scope},
};

/// Makes out what an implicit request asks for. There is never a refresh token.
pub(crate) fn issue(
    request: &AuthorizationRequest,
    session: &Session,
    ledger: &mut Ledger,
    entropy: &mut Entropy,
    minting: Minting<'_>,
) -> Issuance {
    let person = &session.person;
    // Nothing refreshes here, so the scope that asks for it is not granted.
    let scope: Scope =
        request.scope.iter().filter(|token| *token != crate::protocol::scope::OFFLINE_ACCESS).collect();
    let access = request.response_type.has_token().then(|| {
        let token_id = entropy.access_token_id(None);
        let draft = minting.access(&token_id, &scope, Some(person));
        let grant = entropy.grant_id();
        ledger.revocations.note(&grant, token_id, minting.expiry(Some(person)), minting.now);
        draft
    });
    let id = request.response_type.has_id_token().then(|| {
        // Where no access token can fetch the claims, the ID token brings them (OpenID Connect Core §5.4).
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
