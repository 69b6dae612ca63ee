//! The client credentials grant: an app acts for itself (RFC 6749 §4.4).

use super::{Context, Issuance, TokenRequest};
use crate::{
    authorization::known_scope,
    protocol::{
        redirect_uri::RedirectUri,
        refusal::Refusal,
        scope::{EMAIL, OFFLINE_ACCESS, OPENID, PROFILE},
    },
};

/// Scopes that are about a person. This grant has none.
const PERSONAL: [&str; 4] = [OPENID, PROFILE, EMAIL, OFFLINE_ACCESS];

pub(super) fn issue(request: TokenRequest<'_>, context: Context<'_>) -> Result<Issuance, Refusal> {
    let TokenRequest { params, app } = request;
    let minting = context.minting(app);
    let scope = known_scope(params, app)?;
    if let Some(personal) = scope.iter().find(|token| PERSONAL.contains(token)) {
        return Err(Refusal::ScopeNotForApps { scope: personal.to_owned() });
    }
    // Fortellis accepts a redirect URI here, and compares it with the registered ones.
    if let Some(sent) = params.get("redirect_uri")
        && RedirectUri::registered(sent, &app.callbacks, app.dialect.comparison()).is_none()
    {
        return Err(Refusal::RedirectUriUnregistered {
            sent: sent.to_owned(),
            registered: app.callbacks.clone(),
            near: None,
        });
    }
    let token_id = context.entropy.access_token_id(None);
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
