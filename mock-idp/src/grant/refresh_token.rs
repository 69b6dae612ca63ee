//! The refresh token grant: new tokens without the person (RFC 6749 §6, RFC 9700 §4.14.2).

use super::{Exchange, Issuance, mint::SignInFacts};
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

pub(super) fn refresh(exchange: Exchange<'_>) -> Result<Issuance, Refusal> {
    let token = RefreshToken::new(exchange.required("refresh_token")?);
    let Exchange { params, app, ledger, entropy, minting, now } = exchange;
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

/// The grant behind a refresh token, if it may be used. A token that was used before revokes its whole family.
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

/// The scope asked for, which may be narrower than the grant but not wider. The grant itself stays as wide.
fn narrowed(params: &Params, grant: &RefreshGrant) -> Result<Scope, Refusal> {
    let Some(asked) = params.get("scope") else { return Ok(grant.scope.clone()) };
    let asked: Scope = asked.parse().map_err(|_| AuthorizeRefusal::ScopeMalformed)?;
    let beyond = asked.beyond(&grant.scope);
    if beyond.is_empty() { Ok(asked) } else { Err(TokenRefusal::ScopeWidened { beyond }.into()) }
}
