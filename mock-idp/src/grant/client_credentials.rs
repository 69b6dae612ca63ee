//! The client credentials grant: an app acts for itself (RFC 6749 §4.4).

use super::{Exchange, Issuance};
use crate::{
    authorization::known_scope,
    protocol::{
        redirect_uri::RedirectUri,
        scope::{EMAIL, OFFLINE_ACCESS, OPENID, PROFILE},
    },
    refusal::{AuthorizeRefusal, Refusal, TokenRefusal},
};

/// Scopes that speak of a person, and there is none.
const PERSONAL: [&str; 4] = [OPENID, PROFILE, EMAIL, OFFLINE_ACCESS];

pub(super) fn issue(exchange: Exchange<'_>) -> Result<Issuance, Refusal> {
    let Exchange { params, app, entropy, minting, .. } = exchange;
    let scope = known_scope(params, app)?;
    if let Some(personal) = scope.iter().find(|token| PERSONAL.contains(token)) {
        return Err(TokenRefusal::ScopeNotForApps { scope: personal.to_owned() }.into());
    }
    // Fortellis takes a redirect URI here, and holds it against the registered ones.
    if let Some(sent) = params.get("redirect_uri")
        && RedirectUri::registered(sent, &app.callbacks, app.dialect.comparison()).is_none()
    {
        return Err(AuthorizeRefusal::RedirectUriUnregistered {
            sent: sent.to_owned(),
            registered: app.callbacks.clone(),
            near: None,
        }
        .into());
    }
    let token_id = entropy.access_token_id(None);
    Ok(Issuance {
        api_key: app.api_key.clone(),
        person: None,
        access: Some(minting.access(&token_id, &scope, None)),
        scope,
        expires_in: minting.lifetimes.access_token,
        refresh_token: None,
        id: None,
        at_hash: false,
    })
}
