//! The client credentials grant: an app acts for itself (RFC 6749 §4.4).

use super::{Context, Issuance, TokenRequest};
use crate::{
    authorization::known_scope,
    protocol::{
        redirect_uri::RedirectUri,
        scope::{EMAIL, OFFLINE_ACCESS, OPENID, PROFILE},
    },
    refusal::{AuthorizeRefusal, Refusal, TokenRefusal},
};

/// Scopes that are about a person. This grant has none.
const PERSONAL: [&str; 4] = [OPENID, PROFILE, EMAIL, OFFLINE_ACCESS];

pub(super) fn issue(request: TokenRequest<'_>, context: Context<'_>) -> Result<Issuance, Refusal> {
    let TokenRequest { params, app } = request;
    let minting = context.minting(app);
    let Context { entropy, .. } = context;
    let scope = known_scope(params, app)?;
    if let Some(personal) = scope.iter().find(|token| PERSONAL.contains(token)) {
        return Err(TokenRefusal::ScopeNotForApps { scope: personal.to_owned() }.into());
    }
    // Fortellis accepts a redirect URI here, and compares it with the registered ones.
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

#[cfg(test)]
mod tests {
    use fixtures::{backend_app, tutorial_app};

    use super::{
        super::decide::tests::{Case, app, granted, rule},
        *,
    };
    use crate::protocol::params::Params;

    fn params() -> Params {
        Params::of(&[("grant_type", "client_credentials"), ("scope", "anonymous")])
    }

    #[test]
    fn an_app_gets_an_access_token_of_its_own_and_nothing_else() {
        let mut case = Case { app: app(backend_app::API_KEY), ..Case::tutorial() };
        let issuance = case.decide(&params()).unwrap();
        assert_eq!((issuance.gives(), granted(&issuance)), (vec!["access_token"], vec!["anonymous"]));
        assert_eq!((&issuance.person, issuance.at_hash), (&None, false));
        let claims = issuance.access.unwrap().claims;
        assert_eq!((claims.text("sub"), claims.get("uid")), (Some(backend_app::API_KEY), None));
        let lifetime = case.lifetimes.access_token;
        assert_eq!(claims.moment("exp"), Some(case.now.plus(lifetime)));
    }

    #[test]
    fn the_scope_is_one_that_the_app_may_ask_for() {
        let mut case = Case::tutorial();
        for (scope, refused) in [("anonymos", "scope_unknown"), ("anon\"ymous", "scope_malformed")] {
            assert_eq!(rule(case.decide(&params().with("scope", scope))), refused);
        }
        assert_eq!(rule(case.decide(&params().without("scope"))), "scope_missing");
        for scope in ["openid", "profile", "email", "offline_access"] {
            let refusal = case.decide(&params().with("scope", &format!("anonymous {scope}"))).unwrap_err();
            assert_eq!(refusal, TokenRefusal::ScopeNotForApps { scope: scope.to_owned() }.into());
        }
    }

    #[test]
    fn a_redirect_uri_may_be_sent_if_it_is_registered() {
        let mut case = Case::tutorial();
        for sent in [tutorial_app::REDIRECT_URI, tutorial_app::TUTORIAL_REDIRECT_URI] {
            assert!(case.decide(&params().with("redirect_uri", sent)).is_ok(), "{sent}");
        }
        let elsewhere = params().with("redirect_uri", "http://localhost:8080/elsewhere");
        assert_eq!(rule(case.decide(&elsewhere)), "redirect_uri_unregistered");
    }
}
