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

#[cfg(test)]
mod tests {
    use super::super::decide::tests::{Case, granted};
    use crate::protocol::response::ResponseType;

    fn case(case: Case, response_type: ResponseType) -> Case {
        let mut case = case.scope("openid email offline_access");
        case.request.response_type = response_type;
        case.request.nonce = Some("n-0S6_WzA2Mj".to_owned());
        case
    }

    #[test]
    fn the_response_type_says_which_tokens_there_are() {
        for (response_type, gives) in [
            (ResponseType::Token, vec!["access_token"]),
            (ResponseType::IdToken, vec!["id_token"]),
            (ResponseType::IdTokenToken, vec!["access_token", "id_token"]),
        ] {
            let issuance = case(Case::tutorial(), response_type).implicit();
            assert_eq!((issuance.gives(), granted(&issuance)), (gives, vec!["openid", "email"]));
        }
    }

    #[test]
    fn the_id_token_carries_the_nonce_and_the_hash_of_an_access_token() {
        let issuance = case(Case::oidc(), ResponseType::IdTokenToken).implicit();
        assert_eq!(issuance.id.unwrap().claims.text("nonce"), Some("n-0S6_WzA2Mj"));
        assert!(issuance.at_hash);
        assert!(!case(Case::oidc(), ResponseType::IdToken).implicit().at_hash, "there is no access token");
        assert!(!case(Case::tutorial(), ResponseType::IdTokenToken).implicit().at_hash, "as in the tutorial");
    }

    #[test]
    fn the_id_token_carries_the_claims_of_the_scope_if_no_access_token_can_fetch_them() {
        for (response_type, carries) in [(ResponseType::IdToken, true), (ResponseType::IdTokenToken, false)] {
            let claims = case(Case::oidc(), response_type).implicit().id.unwrap().claims;
            assert_eq!(claims.get("email").is_some(), carries, "{response_type:?}");
        }
    }

    #[test]
    fn each_answer_is_an_authorization_of_its_own() {
        let mut case = case(Case::tutorial(), ResponseType::Token);
        let (one, other) = (case.implicit(), case.implicit());
        assert_ne!(one.access, other.access);
        assert!(!case.is_revoked(&one) && !case.is_revoked(&other));
    }
}
