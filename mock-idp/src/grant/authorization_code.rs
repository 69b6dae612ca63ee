//! The authorization code grant: a code is issued after a person has signed in, and can be redeemed once
//! (RFC 6749 §4.1, RFC 7636 §4.6).

use super::{Context, Issuance, TokenRequest, mint::SignInFacts};
use crate::{
    directory::App,
    ledger::{CodeGrant, Found, RefreshGrant, Session},
    protocol::{
        authorization_request::AuthorizationRequest,
        flow_id::FlowId,
        grant_type::GrantType,
        pkce::Challenge,
        scope,
        text::Code,
        timestamp::{Expiry, Timestamp},
    },
    refusal::{Refusal, TokenRefusal},
};

/// What a code is issued for: an authorization request, and the person who signed in to answer it.
#[derive(Debug)]
pub(crate) struct SignedInRequest<'a> {
    /// The authorization request.
    pub request: AuthorizationRequest,
    /// The person's session.
    pub session: &'a Session,
    /// The sign-in attempt.
    pub flow: FlowId,
}

/// Issues a code, which the app exchanges for tokens at the token endpoint.
pub(crate) fn issue_code(signed_in: SignedInRequest<'_>, context: Context<'_>) -> Code {
    let SignedInRequest { request, session, flow } = signed_in;
    let Context { ledger, entropy, lifetimes, now, .. } = context;
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

/// Redeems a code. Every check comes before the redemption, so a refused attempt does not use the code up.
pub(super) fn redeem(request: TokenRequest<'_>, context: Context<'_>) -> Result<Issuance, Refusal> {
    let code = Code::new(request.required("code")?);
    let redirect_uri = request.required("redirect_uri")?;
    let verifier = request.params.get("code_verifier");
    let app = request.app;
    let minting = context.minting(app);
    let Context { ledger, entropy, now, .. } = context;

    let grant = match ledger.codes.find(&code) {
        Found::Issued(grant) => grant,
        Found::Replayed { grant, at } => {
            // Two parties know this code, so the tokens that it gave are not safe either (RFC 6749 §4.1.2).
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
        // Without a challenge, a verifier proves nothing and may be a sign of a downgrade (RFC 9700 §2.1.1).
        (None, Some(_)) => Err(TokenRefusal::VerifierUnexpected),
        (Some(challenge), Some(verifier)) if challenge.is_opened_by(verifier) => Ok(()),
        (Some(_), Some(_)) => Err(TokenRefusal::VerifierWrong),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{
        super::decide::tests::{Case, granted, rule},
        *,
    };
    use crate::protocol::params::Params;

    /// RFC 7636 Appendix B.
    const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

    fn with_challenge() -> Case {
        let mut case = Case::tutorial();
        case.request.challenge = Challenge::parse(CHALLENGE, false);
        case
    }

    #[test]
    fn a_code_gives_an_access_token_and_an_id_token_of_the_person() {
        let mut case = Case::tutorial();
        let params = case.code_params();
        let issuance = case.decide(&params).unwrap();
        assert_eq!(issuance.gives(), ["access_token", "id_token"]);
        assert_eq!(granted(&issuance), ["openid"]);
        assert_eq!(issuance.expires_in, case.lifetimes.access_token);
        assert_eq!(issuance.person, Some(case.session.person));
    }

    #[test]
    fn without_openid_there_is_no_id_token() {
        let mut case = Case::tutorial().scope("profile");
        let params = case.code_params();
        assert_eq!(case.decide(&params).unwrap().gives(), ["access_token"]);
    }

    #[test]
    fn offline_access_gives_a_refresh_token_to_an_app_that_may_use_it() {
        let mut case = Case::tutorial().scope("openid offline_access");
        let params = case.code_params();
        let issuance = case.decide(&params).unwrap();
        let refresh = case.ledger.refresh_tokens.find(&issuance.refresh_token.unwrap()).unwrap();
        assert_eq!((refresh.scope.to_string().as_str(), refresh.rotated), ("openid offline_access", false));
        assert_eq!(refresh.state, case.request.callback.state);

        let mut case = Case::tutorial().scope("openid offline_access");
        case.app.grants.retain(|grant| *grant != GrantType::RefreshToken);
        let params = case.code_params();
        assert_eq!(case.decide(&params).unwrap().refresh_token, None);
    }

    #[test]
    fn the_id_token_carries_the_nonce_of_the_request() {
        for nonce in [Some("n-0S6_WzA2Mj"), None] {
            let mut case = Case::tutorial();
            case.request.nonce = nonce.map(str::to_owned);
            let params = case.code_params();
            let claims = case.decide(&params).unwrap().id.unwrap().claims;
            assert_eq!(claims.text("nonce"), nonce);
        }
    }

    #[test]
    fn the_id_token_says_when_the_person_signed_in() {
        let mut case = Case::oidc();
        let signed_in = case.now;
        case.wait(600);
        let params = case.code_params();
        let issuance = case.decide(&params).unwrap();
        assert_eq!(issuance.id.unwrap().claims.moment("auth_time"), Some(signed_in));
        assert!(issuance.at_hash);
    }

    #[test]
    fn a_code_is_valid_until_its_expiry_and_not_at_it() {
        let mut case = Case::tutorial();
        let (issued_at, params) = (case.now, case.code_params());
        case.wait(case.lifetimes.code.seconds() - 1);
        assert!(case.decide(&params).is_ok());

        let mut case = Case::tutorial();
        let params = case.code_params();
        case.wait(case.lifetimes.code.seconds());
        let refusal = case.decide(&params).unwrap_err();
        assert_eq!(refusal, TokenRefusal::CodeExpired { issued_at, expired_at: case.now }.into());
    }

    #[test]
    fn a_code_that_comes_again_revokes_what_it_gave() {
        let mut case = Case::tutorial().scope("openid offline_access");
        let params = case.code_params();
        let issuance = case.decide(&params).unwrap();
        let redeemed_at = case.now;
        assert!(!case.is_revoked(&issuance));
        case.wait(3600);
        assert_eq!(case.decide(&params).unwrap_err(), TokenRefusal::CodeReplayed { redeemed_at }.into());
        assert!(case.is_revoked(&issuance));
        let refresh_token = issuance.refresh_token.unwrap();
        let refresh = [("grant_type", "refresh_token"), ("refresh_token", refresh_token.expose())];
        assert_eq!(rule(case.decide(&Params::of(&refresh))), "refresh_token_revoked");
    }

    #[test]
    fn a_refused_attempt_does_not_use_the_code_up() {
        let mut case = with_challenge();
        let params = case.code_params();
        let fine = params.clone().with("code_verifier", VERIFIER);
        let own = case.app.clone();
        case.app.api_key = crate::protocol::text::ApiKey::new("another");
        assert_eq!(rule(case.decide(&fine)), "code_of_another_app");
        case.app = own;
        for (spoiled, refused) in [
            (fine.clone().with("code", "unknown"), "code_unknown"),
            (fine.clone().with("redirect_uri", "http://localhost:8080"), "redirect_uri_mismatch"),
            (fine.clone().with("code_verifier", CHALLENGE), "code_verifier_wrong"),
            (params, "code_verifier_missing"),
        ] {
            assert_eq!(rule(case.decide(&spoiled)), refused);
        }
        assert!(case.decide(&fine).is_ok());
    }

    #[test]
    fn the_redirect_uri_is_compared_with_the_one_of_the_request() {
        let mut case = Case::tutorial();
        let authorized = case.request.callback.redirect_uri.as_str().to_owned();
        let sent = "http://localhost:80".to_owned();
        let params = case.code_params().with("redirect_uri", &sent);
        assert_eq!(
            case.decide(&params).unwrap_err(),
            TokenRefusal::RedirectUriMismatch { sent, authorized }.into()
        );
    }

    #[test]
    fn a_verifier_without_a_challenge_is_refused() {
        let mut case = Case::tutorial();
        let params = case.code_params().with("code_verifier", VERIFIER);
        assert_eq!(rule(case.decide(&params)), "code_verifier_unexpected");
    }

    #[test]
    fn codes_differ_and_belong_to_different_authorizations() {
        let mut case = Case::tutorial();
        let (one, other) = (case.code(), case.code());
        assert_ne!(one, other);
        let grant = |code| match case.ledger.codes.find(code) {
            Found::Issued(grant) => grant.grant.clone(),
            found => panic!("the code was issued: {found:?}"),
        };
        assert_ne!(grant(&one), grant(&other));
    }

    /// How an attempt to redeem the code is spoiled, if it is.
    #[derive(Debug, Clone, Copy, PartialEq)]
    enum Attempt {
        Fine,
        WrongVerifier,
        WrongRedirectUri,
        NoVerifier,
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn a_code_is_redeemed_at_most_once_whatever_the_order_of_attempts(
            attempts in prop::collection::vec(
                (
                    prop::sample::select(vec![
                        Attempt::Fine,
                        Attempt::WrongVerifier,
                        Attempt::WrongRedirectUri,
                        Attempt::NoVerifier,
                    ]),
                    0_u32..25,
                ),
                1..8,
            ),
        ) {
            let mut case = with_challenge();
            let params = case.code_params().with("code_verifier", VERIFIER);
            let mut given: Vec<Issuance> = Vec::new();
            let mut waited = 0;
            for (attempt, seconds) in attempts {
                case.wait(seconds);
                waited += seconds;
                let params = match attempt {
                    Attempt::Fine => params.clone(),
                    Attempt::WrongVerifier => params.clone().with("code_verifier", CHALLENGE),
                    Attempt::WrongRedirectUri => params.clone().with("redirect_uri", "http://localhost/"),
                    Attempt::NoVerifier => params.clone().without("code_verifier"),
                };
                let first = given.is_empty() && waited < case.lifetimes.code.seconds();
                let decided = case.decide(&params);
                prop_assert_eq!(decided.is_ok(), attempt == Attempt::Fine && first);
                let was_given = !given.is_empty();
                given.extend(decided);
                if was_given {
                    prop_assert!(case.is_revoked(&given[0]));
                }
            }
            prop_assert!(given.len() <= 1);
        }
    }
}
