//! The refresh token grant: new tokens while the person is away (RFC 6749 §6, RFC 9700 §4.14.2).

use super::{Context, Issuance, TokenRequest, mint::SignInFacts};
use crate::{
    directory::App,
    ledger::{Ledger, RefreshGrant},
    protocol::{
        params::Params,
        scope::{OPENID, Scope},
        text::RefreshToken,
        timestamp::{Expiry, Timestamp},
    },
    refusal::{AuthorizeRefusal, Refusal, TokenRefusal},
};

/// Gives new tokens for a refresh token, and a new refresh token where the app's refresh tokens rotate.
pub(super) fn refresh(request: TokenRequest<'_>, context: Context<'_>) -> Result<Issuance, Refusal> {
    let token = RefreshToken::new(request.required("refresh_token")?);
    let TokenRequest { params, app } = request;
    let minting = context.minting(app);
    let Context { ledger, entropy, now, .. } = context;
    let grant = usable(&token, app, ledger, now)?;
    let scope = narrowed(params, &grant)?;

    let token_id = entropy.access_token_id(Some(&grant.suffix));
    let access = minting.access(&token_id, &scope, Some(&grant.person));
    ledger.revocations.note(&grant.grant, token_id, minting.expiry(Some(&grant.person)), now);
    let id = scope.contains(OPENID).then(|| {
        // A refreshed ID token should have no nonce (OpenID Connect Core §12.2).
        let facts = SignInFacts { nonce: None, auth_time: grant.auth_time, inline: None };
        minting.id(entropy, &grant.person, facts)
    });
    let expires = Expiry::after(now, minting.lifetimes.refresh_token_idle);
    let successor = if app.rotates() {
        let successor = entropy.refresh_token();
        ledger.refresh_tokens.rotate(&token);
        ledger
            .refresh_tokens
            .issue(successor.clone(), RefreshGrant { used_at: now, expires, ..grant.clone() });
        successor
    } else {
        // Fortellis' refresh token stays the same.
        ledger.refresh_tokens.touch(&token, now, expires);
        token
    };
    Ok(Issuance {
        api_key: app.api_key.clone(),
        person: Some(grant.person),
        access: Some(access),
        scope,
        expires_in: minting.lifetimes.access_token,
        refresh_token: Some(successor),
        id,
        at_hash: app.dialect.has_at_hash(),
    })
}

/// The grant behind a refresh token, if it may be used. A token that was rotated before revokes its whole family.
fn usable(
    token: &RefreshToken,
    app: &App,
    ledger: &mut Ledger,
    now: Timestamp,
) -> Result<RefreshGrant, TokenRefusal> {
    let grant = ledger.refresh_tokens.find(token).ok_or(TokenRefusal::RefreshTokenUnknown)?.clone();
    if grant.api_key != app.api_key {
        return Err(TokenRefusal::RefreshTokenOfAnotherApp);
    }
    if grant.rotated {
        ledger.revocations.revoke_grant(&grant.grant);
        return Err(TokenRefusal::RefreshTokenReused);
    }
    if ledger.revocations.has_grant(&grant.grant) {
        return Err(TokenRefusal::RefreshTokenRevoked);
    }
    if !grant.expires.is_live(now) {
        return Err(TokenRefusal::RefreshTokenExpired { idle_since: grant.used_at });
    }
    Ok(grant)
}

/// The requested scope. It may be narrower than the grant, but not wider; the grant itself does not change.
fn narrowed(params: &Params, grant: &RefreshGrant) -> Result<Scope, Refusal> {
    let Some(asked) = params.get("scope") else { return Ok(grant.scope.clone()) };
    let asked: Scope = asked.parse().map_err(|_| AuthorizeRefusal::ScopeMalformed)?;
    let beyond = asked.beyond(&grant.scope);
    if beyond.is_empty() { Ok(asked) } else { Err(TokenRefusal::ScopeWidened { beyond }.into()) }
}

#[cfg(test)]
mod tests {
    use fixtures::tutorial_app;
    use proptest::{prelude::*, sample::subsequence};

    use super::{
        super::decide::tests::{Case, app, granted, rule},
        *,
    };

    fn params(token: &RefreshToken) -> Params {
        Params::of(&[("grant_type", "refresh_token"), ("refresh_token", token.expose())])
    }

    /// A case with a refresh token.
    fn refreshable(case: Case) -> (Case, RefreshToken) {
        let mut case = case.scope("openid profile offline_access");
        let token = case.refresh_token();
        (case, token)
    }

    fn rotating() -> Case {
        let mut case = Case::tutorial();
        case.app.rotate_refresh_tokens = true;
        case
    }

    fn suffix(issuance: &Issuance) -> String {
        let token_id = issuance.access.as_ref().and_then(|draft| draft.claims.text("jti")).unwrap();
        token_id.rsplit('.').next().unwrap().to_owned()
    }

    #[test]
    fn a_refresh_token_gives_new_tokens_of_the_same_person() {
        let (mut case, token) = refreshable(Case::tutorial());
        case.wait(60);
        let issuance = case.decide(&params(&token)).unwrap();
        assert_eq!(issuance.gives(), ["access_token", "refresh_token", "id_token"]);
        assert_eq!(granted(&issuance), ["openid", "profile", "offline_access"]);
        assert_eq!(issuance.access.unwrap().claims.moment("iat"), Some(case.now));
        assert_eq!(issuance.person, Some(case.session.person));
    }

    #[test]
    fn a_refreshed_id_token_keeps_the_time_of_the_sign_in_and_has_no_nonce() {
        let mut case = Case::oidc();
        case.request.nonce = Some("n".to_owned());
        let (mut case, token) = refreshable(case);
        let signed_in = case.now;
        case.wait(60);
        let claims = case.decide(&params(&token)).unwrap().id.unwrap().claims;
        assert_eq!((claims.moment("auth_time"), claims.get("nonce")), (Some(signed_in), None));
    }

    #[test]
    fn without_rotation_the_refresh_token_stays_the_same() {
        let (mut case, token) = refreshable(Case::tutorial());
        let first = case.decide(&params(&token)).unwrap();
        let second = case.decide(&params(&token)).unwrap();
        assert_eq!((&first.refresh_token, &second.refresh_token), (&Some(token.clone()), &Some(token)));
        assert_ne!(first.access, second.access);
        assert_eq!(suffix(&first), suffix(&second), "the jti of each ends with the same suffix");
    }

    #[test]
    fn with_rotation_each_refresh_gives_a_new_refresh_token() {
        let (mut case, first) = refreshable(rotating());
        let second = case.decide(&params(&first)).unwrap().refresh_token.unwrap();
        let third = case.decide(&params(&second)).unwrap().refresh_token.unwrap();
        assert!(first != second && second != third && first != third);
    }

    #[test]
    fn a_rotated_token_that_comes_again_revokes_its_whole_family() {
        let (mut case, first) = refreshable(rotating());
        let second = case.decide(&params(&first)).unwrap();
        let successor = second.refresh_token.clone().unwrap();
        assert_eq!(rule(case.decide(&params(&first))), "refresh_token_reused");
        assert!(case.is_revoked(&second));
        assert_eq!(rule(case.decide(&params(&successor))), "refresh_token_revoked");
        assert_eq!(rule(case.decide(&params(&first))), "refresh_token_reused", "and so every time");
    }

    #[test]
    fn a_refresh_token_is_for_the_app_that_got_it() {
        let (mut case, token) = refreshable(Case::oidc());
        let own = std::mem::replace(&mut case.app, app(tutorial_app::API_KEY));
        assert_eq!(rule(case.decide(&params(&token))), "refresh_token_of_another_app");
        case.app = own;
        assert!(case.decide(&params(&token)).is_ok(), "the attempt did not change anything");
        assert_eq!(rule(case.decide(&params(&RefreshToken::new("unknown")))), "refresh_token_unknown");
    }

    #[test]
    fn a_refresh_token_expires_unless_it_is_used() {
        for case in [Case::tutorial(), rotating()] {
            let (mut case, token) = refreshable(case);
            let idle = case.lifetimes.refresh_token_idle.seconds();
            case.wait(idle - 1);
            let token = case.decide(&params(&token)).unwrap().refresh_token.unwrap();
            let used_at = case.now;
            case.wait(idle - 1);
            let token = case.decide(&params(&token)).unwrap().refresh_token.unwrap();
            assert!(case.now > used_at);
            let idle_since = case.now;
            case.wait(idle);
            let refusal = case.decide(&params(&token)).unwrap_err();
            assert_eq!(refusal, TokenRefusal::RefreshTokenExpired { idle_since }.into());
        }
    }

    #[test]
    fn the_scope_can_be_narrowed_for_one_refresh() {
        let (mut case, token) = refreshable(Case::tutorial());
        let narrowed = case.decide(&params(&token).with("scope", "profile")).unwrap();
        assert_eq!((granted(&narrowed), &narrowed.id), (vec!["profile"], &None));
        let next = case.decide(&params(&token)).unwrap();
        assert_eq!(granted(&next), ["openid", "profile", "offline_access"], "the grant is as wide as before");
    }

    #[test]
    fn a_wider_or_malformed_scope_is_refused_and_the_token_stays_valid() {
        let (mut case, token) = refreshable(rotating());
        let refusal = case.decide(&params(&token).with("scope", "openid email")).unwrap_err();
        assert_eq!(refusal, TokenRefusal::ScopeWidened { beyond: vec!["email".to_owned()] }.into());
        assert_eq!(rule(case.decide(&params(&token).with("scope", "open\"id"))), "scope_malformed");
        assert!(case.decide(&params(&token)).is_ok());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn a_refresh_never_gives_more_than_was_granted(
            asked in subsequence(vec!["openid", "profile", "email", "offline_access", "anonymous"], 1..=5),
        ) {
            let (mut case, token) = refreshable(Case::tutorial());
            let grant: Scope = ["openid", "profile", "offline_access"].into_iter().collect();
            let wider = asked.iter().any(|scope| !grant.contains(scope));
            match case.decide(&params(&token).with("scope", &asked.join(" "))) {
                Ok(issuance) => {
                    prop_assert!(!wider && issuance.scope.beyond(&grant).is_empty());
                    prop_assert_eq!(granted(&issuance), asked);
                }
                Err(refusal) => {
                    prop_assert!(wider);
                    prop_assert_eq!(refusal.explain().rule, "scope_widened");
                }
            }
        }
    }
}
