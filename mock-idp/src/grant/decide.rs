//! Finds the grant that a token request names, and lets it decide.

use super::{Context, Issuance, TokenRequest, authorization_code, client_credentials, refresh_token};
use crate::{
    protocol::grant_type::{GrantType, RequestedGrant},
    refusal::{Refusal, TokenRefusal},
};

impl<'a> TokenRequest<'a> {
    /// Finds the grant that the request names, and lets it decide (RFC 6749 §5).
    pub(crate) fn decide(self, context: Context<'a>) -> Result<Issuance, Refusal> {
        let named = self.params.get("grant_type").ok_or(TokenRefusal::GrantTypeMissing)?;
        let requested = RequestedGrant::parse(named)
            .ok_or_else(|| TokenRefusal::GrantTypeUnsupported { received: named.to_owned() })?;
        let grant = GrantType::from(requested);
        // A public app has no secret to prove that it acts for itself (RFC 6749 §4.4).
        let unproven = requested == RequestedGrant::ClientCredentials && self.app.is_public();
        if !self.app.may(grant) || unproven {
            let allowed = self.app.grants.iter().filter(|allowed| **allowed != grant).copied().collect();
            return Err(TokenRefusal::GrantNotAllowed { grant, allowed }.into());
        }
        match requested {
            RequestedGrant::AuthorizationCode => authorization_code::redeem(self, context),
            RequestedGrant::RefreshToken => refresh_token::refresh(self, context),
            RequestedGrant::ClientCredentials => client_credentials::issue(self, context),
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use fixtures::{backend_app, oidc_app, subscriber, tutorial_app};

    use super::*;
    use crate::{
        Config,
        directory::App,
        entropy::Entropy,
        grant::{SignedInRequest, implicit, issue_code},
        ledger::{Ledger, Session},
        protocol::{
            authorization_request::AuthorizationRequest,
            flow_id::FlowId,
            lifetimes::Lifetimes,
            params::Params,
            text::{ApiKey, Code, RefreshToken, TokenId, Username},
            timestamp::{Expiry, Lifetime, Timestamp},
        },
        refusal::RequestRefusal,
    };

    pub(crate) const ISSUER: &str = "http://localhost:9100/oauth2/default";

    /// An app, a person who signed in, and an issuer's memory: a valid case for a test to change in one place.
    pub(crate) struct Case {
        pub(crate) app: App,
        pub(crate) request: AuthorizationRequest,
        pub(crate) session: Session,
        pub(crate) ledger: Ledger,
        pub(crate) entropy: Entropy,
        pub(crate) lifetimes: Lifetimes,
        pub(crate) now: Timestamp,
    }

    /// The demo's app with this API Key.
    pub(crate) fn app(api_key: &str) -> App {
        Config::demo().directory.app(&ApiKey::new(api_key)).unwrap().clone()
    }

    /// The name of the rule that refused a request.
    #[track_caller]
    pub(crate) fn rule<T: std::fmt::Debug>(decided: Result<T, Refusal>) -> &'static str {
        decided.expect_err("the request is refused").explain().rule
    }

    impl Case {
        /// The tutorial's app in dialect `fortellis`, and the subscriber.
        pub(crate) fn tutorial() -> Self {
            let now = Timestamp::from_unix_seconds(1_767_323_045).unwrap();
            let user = Config::demo().directory.user(&Username::new(subscriber::USERNAME)).unwrap().person();
            Self {
                app: app(tutorial_app::API_KEY),
                request: AuthorizationRequest::tutorial(),
                session: Session {
                    person: user,
                    auth_time: now,
                    expires: Expiry::after(now, Lifetime::from_seconds(7200)),
                },
                ledger: Ledger::default(),
                entropy: Entropy::from_seed(1, "grants"),
                lifetimes: Lifetimes::default(),
                now,
            }
        }

        /// The same for the app in dialect `oidc`, which registers the same redirect URI.
        pub(crate) fn oidc() -> Self {
            let mut case = Self::tutorial();
            case.app = app(oidc_app::API_KEY);
            case.request.api_key = case.app.api_key.clone();
            case
        }

        /// The same for other scopes.
        pub(crate) fn scope(mut self, scope: &str) -> Self {
            self.request.scope = scope.parse().unwrap();
            self
        }

        pub(crate) fn wait(&mut self, seconds: u32) {
            self.now = self.now.plus(Lifetime::from_seconds(seconds));
        }

        /// A code for the person who signed in.
        pub(crate) fn code(&mut self) -> Code {
            let Self { request, session, ledger, entropy, lifetimes, now, .. } = self;
            let context = Context { issuer: ISSUER, ledger, entropy, lifetimes, now: *now };
            issue_code(SignedInRequest { request: request.clone(), session, flow: FlowId::new(1) }, context)
        }

        /// The parameters that exchange a new code for tokens.
        pub(crate) fn code_params(&mut self) -> Params {
            let code = self.code();
            Params::of(&[
                ("grant_type", "authorization_code"),
                ("code", code.expose()),
                ("redirect_uri", self.request.callback.redirect_uri.as_str()),
            ])
        }

        /// A refresh token of the person who signed in.
        pub(crate) fn refresh_token(&mut self) -> RefreshToken {
            let params = self.code_params();
            self.decide(&params).unwrap().refresh_token.expect("the scope has offline_access")
        }

        pub(crate) fn decide(&mut self, params: &Params) -> Result<Issuance, Refusal> {
            let Self { app, ledger, entropy, lifetimes, now, .. } = self;
            TokenRequest { params, app }.decide(Context {
                issuer: ISSUER,
                ledger,
                entropy,
                lifetimes,
                now: *now,
            })
        }

        /// What an implicit request is answered with.
        pub(crate) fn implicit(&mut self) -> Issuance {
            let Self { app, request, session, ledger, entropy, lifetimes, now } = self;
            let context = Context { issuer: ISSUER, ledger, entropy, lifetimes, now: *now };
            implicit::issue(request, session, app, context)
        }

        /// Whether the access token was revoked.
        pub(crate) fn is_revoked(&self, issuance: &Issuance) -> bool {
            let token_id = issuance.access.as_ref().and_then(|draft| draft.claims.text("jti")).unwrap();
            self.ledger.revocations.has_token(&TokenId::new(token_id))
        }
    }

    /// The name of each granted scope.
    pub(crate) fn granted(issuance: &Issuance) -> Vec<&str> {
        issuance.scope.iter().collect()
    }

    fn self_params() -> Params {
        Params::of(&[("grant_type", "client_credentials"), ("scope", "anonymous")])
    }

    #[test]
    fn the_grant_type_is_needed_and_known() {
        let mut case = Case::tutorial();
        assert_eq!(rule(case.decide(&self_params().without("grant_type"))), "grant_type_missing");
        for named in ["implicit", "password", "Client_Credentials"] {
            let decided = case.decide(&self_params().with("grant_type", named));
            assert_eq!(rule(decided), "grant_type_unsupported", "{named}");
        }
    }

    #[test]
    fn an_app_uses_only_the_grants_that_it_is_registered_for() {
        let mut case = Case { app: app(backend_app::API_KEY), ..Case::tutorial() };
        assert!(case.decide(&self_params()).is_ok());
        for grant in ["authorization_code", "refresh_token"] {
            assert_eq!(rule(case.decide(&self_params().with("grant_type", grant))), "grant_not_allowed");
        }
        let mut case = Case::tutorial();
        case.app.grants = vec![GrantType::Implicit, GrantType::AuthorizationCode];
        let refusal = case.decide(&self_params()).unwrap_err();
        let expected =
            TokenRefusal::GrantNotAllowed { grant: GrantType::ClientCredentials, allowed: case.app.grants };
        assert_eq!(refusal, expected.into());
    }

    #[test]
    fn a_public_app_cannot_act_for_itself() {
        let mut case = Case::tutorial();
        case.app.api_secret = None;
        assert_eq!(rule(case.decide(&self_params())), "grant_not_allowed");
    }

    #[test]
    fn each_grant_says_which_parameter_is_missing() {
        let mut case = Case::tutorial();
        let params = case.code_params();
        for name in ["code", "redirect_uri"] {
            let refusal = case.decide(&params.clone().without(name)).unwrap_err();
            assert_eq!(refusal, RequestRefusal::ParameterMissing { name }.into());
        }
        let refusal = case.decide(&Params::of(&[("grant_type", "refresh_token")])).unwrap_err();
        assert_eq!(refusal, RequestRefusal::ParameterMissing { name: "refresh_token" }.into());
    }
}
