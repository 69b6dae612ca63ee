//! The authorization code grant: a code is issued once a person has signed in, and redeemed once
//! (RFC 6749 §4.1, RFC 7636 §4.6).

use super::{Exchange, Issuance, mint::SignInFacts};
use crate::{
    directory::App,
    entropy::Entropy,
    ledger::{CodeGrant, Found, Ledger, RefreshGrant, Session},
    protocol::{
        authorization_request::AuthorizationRequest,
        flow_id::FlowId,
        grant_type::GrantType,
        lifetimes::Lifetimes,
        pkce::Challenge,
        scope,
        text::Code,
        timestamp::{Expiry, Timestamp},
    },
    refusal::{Refusal, TokenRefusal},
};

/// Issues a code for what a signed-in person was asked for.
pub(crate) fn issue_code(
    request: AuthorizationRequest,
    session: &Session,
    flow: FlowId,
    ledger: &mut Ledger,
    entropy: &mut Entropy,
    lifetimes: &Lifetimes,
    now: Timestamp,
) -> Code {
    let code = entropy.code();
    let grant = CodeGrant {
        grant: entropy.grant_id(),
        flow,
        request,
        person: session.person.clone(),
        auth_time: session.auth_time,
        issued_at: now,
        expires: Expiry::after(now, lifetimes.code),
    };
    ledger.codes.issue(code.clone(), grant);
    code
}

/// Redeems a code. Every check comes before the redemption: a stranger's or mistyped attempt does not use it up.
pub(super) fn redeem(exchange: Exchange<'_>) -> Result<Issuance, Refusal> {
    let code = Code::new(exchange.required("code")?);
    let redirect_uri = exchange.required("redirect_uri")?;
    let verifier = exchange.params.get("code_verifier");
    let Exchange { app, ledger, entropy, minting, now, .. } = exchange;

    let grant = match ledger.codes.find(&code) {
        Found::Issued(grant) => grant,
        Found::Replayed { grant, at } => {
            // Somebody holds a code that was not meant for them: what it gave is not safe either (§4.1.2).
            let grant = grant.clone();
            ledger.revocations.revoke_grant(&grant);
            return Err(TokenRefusal::CodeReplayed { redeemed_at: at }.into());
        }
        Found::Unknown => return Err(TokenRefusal::CodeUnknown.into()),
    };
    check(grant, app, redirect_uri, verifier, now)?;
    let grant = ledger.codes.redeem(&code, now).ok_or(TokenRefusal::CodeUnknown)?;

    let scope = grant.request.scope;
    let offline = scope.contains(scope::OFFLINE_ACCESS) && app.may(GrantType::RefreshToken);
    let suffix = offline.then(|| entropy.access_token_suffix());
    let token_id = entropy.access_token_id(suffix.as_deref());
    let access = minting.access(&token_id, &scope, Some(&grant.person));
    ledger.revocations.note(&grant.grant, token_id, minting.expiry(Some(&grant.person)), now);
    let id = scope.contains(scope::OPENID).then(|| {
        let facts =
            SignInFacts { nonce: grant.request.nonce.as_deref(), auth_time: grant.auth_time, inline: None };
        minting.id(entropy, &grant.person, facts)
    });
    let refresh_token = suffix.map(|suffix| {
        let token = entropy.refresh_token();
        let refresh = RefreshGrant {
            grant: grant.grant.clone(),
            flow: grant.flow,
            api_key: app.api_key.clone(),
            person: grant.person.clone(),
            scope: scope.clone(),
            auth_time: grant.auth_time,
            suffix,
            used_at: now,
            expires: Expiry::after(now, minting.lifetimes.refresh_token_idle),
            rotated: false,
            state: grant.request.callback.state.clone(),
        };
        ledger.refresh_tokens.issue(token.clone(), refresh);
        token
    });
    Ok(Issuance {
        api_key: app.api_key.clone(),
        person: Some(grant.person),
        access: Some(access),
        scope,
        expires_in: minting.lifetimes.access_token,
        refresh_token,
        id,
        at_hash: app.dialect.has_at_hash(),
    })
}

fn check(
    grant: &CodeGrant,
    app: &App,
    redirect_uri: &str,
    verifier: Option<&str>,
    now: Timestamp,
) -> Result<(), TokenRefusal> {
    if grant.request.api_key != app.api_key {
        return Err(TokenRefusal::CodeOfAnotherApp);
    }
    if !grant.expires.is_live(now) {
        return Err(TokenRefusal::CodeExpired {
            issued_at: grant.issued_at,
            expired_at: grant.expires.moment(),
        });
    }
    let authorized = grant.request.callback.redirect_uri.as_str();
    if authorized != redirect_uri {
        return Err(TokenRefusal::RedirectUriMismatch {
            sent: redirect_uri.to_owned(),
            authorized: authorized.to_owned(),
        });
    }
    check_verifier(grant.request.challenge.as_ref(), verifier)
}

fn check_verifier(challenge: Option<&Challenge>, verifier: Option<&str>) -> Result<(), TokenRefusal> {
    match (challenge, verifier) {
        (None, None) => Ok(()),
        (Some(_), None) => Err(TokenRefusal::VerifierMissing),
        // Without a challenge a verifier proves nothing, and may be a sign of a downgrade (RFC 9700 §2.1.1).
        (None, Some(_)) => Err(TokenRefusal::VerifierUnexpected),
        (Some(challenge), Some(verifier)) if challenge.is_opened_by(verifier) => Ok(()),
        (Some(_), Some(_)) => Err(TokenRefusal::VerifierWrong),
    }
}
