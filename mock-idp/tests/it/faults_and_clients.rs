//! What a correct client does about each fault: the `openidconnect` crate refuses faulty tokens, keys and documents,
//! and a client that reads its callback as the RFCs say refuses faulty callbacks. The names of the OpenID Foundation's
//! relying party tests are named next to the faults that mirror them.

use fixtures::{oidc_app, subscriber};
use mock_idp::{
    Endpoint, Fault,
    fault::{
        CallbackChange, KeysChange, MetadataChange, TokenChange, TokenFault, UserinfoChange, WhichToken,
    },
};
use oauth2::{
    AuthorizationCode, ClientId, ClientSecret, CsrfToken, PkceCodeChallenge, RedirectUrl, TokenResponse as _,
};
use openidconnect::{
    AccessTokenHash, AuthenticationFlow, IssuerUrl, Nonce, TokenResponse as _,
    core::{CoreClient, CoreProviderMetadata, CoreResponseType, CoreUserInfoClaims},
};

use crate::{
    independent_clients::http,
    support::{Answer, Mock, STATE, oidc_request},
};

/// Signs in with all the checks that OpenID Connect Core §3.1.3 asks of a client, the optional ones too. An error says
/// at which step it refused, and why.
async fn sign_in(mock: &Mock) -> Result<(), String> {
    let why = |step: &str, error: &dyn std::fmt::Debug| format!("{step}: {error:?}");
    let issuer = IssuerUrl::new(mock.issuer.url().to_owned()).unwrap();
    let metadata = CoreProviderMetadata::discover_async(issuer, &http)
        .await
        .map_err(|error| why("discovery", &error))?;
    let client = CoreClient::from_provider_metadata(
        metadata,
        ClientId::new(oidc_app::API_KEY.to_owned()),
        Some(ClientSecret::new(oidc_app::API_SECRET.to_owned())),
    )
    .set_redirect_uri(RedirectUrl::new(oidc_app::REDIRECT_URI.to_owned()).unwrap());
    let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
    let (url, _, nonce) = client
        .authorize_url(
            AuthenticationFlow::<CoreResponseType>::AuthorizationCode,
            CsrfToken::new_random,
            Nonce::new_random,
        )
        .set_pkce_challenge(challenge)
        .url();
    let code = mock.signed_in_at(url.as_str()).await.callback_param("code").expect("a code");
    let tokens = client
        .exchange_code(AuthorizationCode::new(code))
        .unwrap()
        .set_pkce_verifier(verifier)
        .request_async(&http)
        .await
        .map_err(|error| why("exchange", &error))?;

    let id_token = tokens.id_token().ok_or("no ID token")?;
    let now = mock.issuer.clock().now().unix_seconds();
    let id_verifier = client.id_token_verifier().set_issue_time_verifier_fn(move |issued_at| {
        if issued_at.timestamp() <= now + 5 { Ok(()) } else { Err("issued in the future".to_owned()) }
    });
    let claims = id_token.claims(&id_verifier, &nonce).map_err(|error| why("ID token", &error))?;
    if let Some(expected) = claims.access_token_hash() {
        let alg = id_token.signing_alg().map_err(|error| why("at_hash", &error))?;
        let key = id_token.signing_key(&id_verifier).map_err(|error| why("at_hash", &error))?;
        let hash = AccessTokenHash::from_token(tokens.access_token(), alg, key).unwrap();
        if hash != *expected {
            return Err("at_hash: of another token".to_owned());
        }
    }
    let _: CoreUserInfoClaims = client
        .user_info(tokens.access_token().clone(), Some(claims.subject().clone()))
        .unwrap()
        .request_async(&http)
        .await
        .map_err(|error| why("userinfo", &error))?;
    Ok(())
}

/// How that client takes a fault at an endpoint, and that it signs in again afterwards.
async fn taken(endpoint: Endpoint, fault: Fault) -> Result<(), String> {
    let mock = Mock::plain().await;
    mock.issuer.fail_next(endpoint, fault);
    let taken = sign_in(&mock).await;
    assert_eq!(mock.issuer.faults()[0].struck, 1, "the fault has struck");
    assert_eq!(sign_in(&mock).await, Ok(()), "and is spent");
    taken
}

#[track_caller]
fn assert_refused(taken: &Result<(), String>, reason: &str) {
    let error = taken.as_ref().expect_err("the client refuses");
    assert!(error.contains(reason), "{error} does not contain {reason}");
}

macro_rules! refuses {
    ($($(#[$doc:meta])* $name:ident: $change:ident, $reason:literal;)*) => {$(
        $(#[$doc])*
        #[tokio::test]
        async fn $name() {
            let fault = Fault::token([TokenChange::$change]).in_token(WhichToken::Id);
            assert_refused(&taken(Endpoint::Token, fault).await, $reason);
        }
    )*};
}

refuses! {
    an_expired_token_is_refused: Expired, "ID token: Expired";
    a_token_of_the_future_is_refused: NotYetValid, "issued in the future";
    /// `InvalidIssuer`.
    another_issuers_token_is_refused: WrongIssuer, "ID token: InvalidIssuer";
    /// `InvalidAud`.
    another_apps_token_is_refused: WrongAudience, "ID token: InvalidAudience";
    /// `NonceInvalid`.
    another_sign_ins_token_is_refused: WrongNonce, "ID token: InvalidNonce";
    /// `InvalidSubInUserinfo`.
    another_persons_token_is_refused: WrongSubject, "userinfo: ";
    /// `InvalidAtHash`.
    another_access_tokens_hash_is_refused: WrongAtHash, "at_hash: of another token";
    /// `InvalidIdTokenSignatureRS256`.
    a_bad_signature_is_refused: BadSignature, "ID token: SignatureVerification(CryptoError";
    /// `SigningKeyRotation`.
    an_unknown_key_is_refused: UnknownKid, "ID token: SignatureVerification(NoMatchingKey)";
    /// `SigAlgNone`.
    an_unsigned_token_is_refused: AlgNone, "ID token: SignatureVerification(";
    /// `InvalidIdTokenSignatureHS256`.
    a_token_signed_with_the_public_key_is_refused: Hs256WithPublicKey, "ID token: SignatureVerification(";
}

/// `KidAbsentSingleMatchingKey`.
#[tokio::test]
async fn a_token_without_kid_is_accepted_where_one_key_fits() {
    assert_eq!(
        taken(Endpoint::Token, Fault::token([TokenChange::NoKid]).in_token(WhichToken::Id)).await,
        Ok(())
    );
}

/// `KidAbsentMultipleMatchingKeys`.
#[tokio::test]
async fn a_token_without_kid_is_refused_where_two_keys_fit() {
    let mock = Mock::plain().await;
    mock.issuer.fail_next(Endpoint::Token, Fault::token([TokenChange::NoKid]));
    mock.issuer.fail_next(Endpoint::Keys, Fault::keys(KeysChange::TwoWithSameKid));
    assert_refused(&sign_in(&mock).await, "ID token: SignatureVerification(AmbiguousKeyId");
}

/// `MissingIss`, `MissingSub`, `MissingAud`, `MissingIat`.
#[tokio::test]
async fn a_token_without_a_claim_that_it_must_have_is_refused() {
    for claim in ["iss", "sub", "aud", "iat", "exp", "nonce"] {
        let fault = Fault::omit([claim]).in_token(WhichToken::Id);
        let taken = taken(Endpoint::Token, fault).await;
        assert!(taken.is_err(), "without {claim}");
    }
}

/// `MissingAtHash` is a failure in the implicit flow only (OpenID Connect Core §3.1.3.6).
#[tokio::test]
async fn a_token_without_at_hash_is_accepted_in_the_code_flow() {
    assert_eq!(taken(Endpoint::Token, Fault::omit(["at_hash"])).await, Ok(()));
}

#[tokio::test]
async fn a_claim_of_the_wrong_type_is_refused() {
    let fault = TokenFault { which: WhichToken::Id, ..TokenFault::default() };
    let set = [("exp".to_owned(), "tomorrow".into())].into_iter().collect();
    assert_refused(&taken(Endpoint::Token, Fault::from(TokenFault { set, ..fault })).await, "");
}

#[tokio::test]
async fn tokens_are_refused_where_the_key_set_lacks_their_key() {
    for change in [KeysChange::Empty, KeysChange::Stale] {
        assert_refused(
            &taken(Endpoint::Keys, Fault::keys(change)).await,
            "SignatureVerification(NoMatchingKey)",
        );
    }
}

#[tokio::test]
async fn two_keys_with_one_kid_are_not_taken_for_one() {
    let taken = taken(Endpoint::Keys, Fault::keys(KeysChange::TwoWithSameKid)).await;
    assert_refused(&taken, "SignatureVerification(AmbiguousKeyId");
}

/// `DiscoveryIssuerMismatch`.
#[tokio::test]
async fn metadata_of_another_issuer_is_refused() {
    let taken = taken(Endpoint::Metadata, Fault::metadata(MetadataChange::WrongIssuer)).await;
    assert_refused(&taken, "discovery: Validation(\"unexpected issuer URI");
}

/// `InvalidSubInUserinfo`.
#[tokio::test]
async fn userinfo_of_another_person_is_refused() {
    let taken = taken(Endpoint::Userinfo, Fault::userinfo(UserinfoChange::ForeignSubject)).await;
    assert_refused(&taken, "userinfo: ClaimsVerification(InvalidSubject");
}

#[tokio::test]
async fn answers_that_are_none_are_refused() {
    for fault in [
        Fault::status(503),
        Fault::malformed_json(),
        Fault::malformed_json().after(),
        Fault::not_json(),
        Fault::oauth_error("server_error"),
        Fault::rate_limit(1),
    ] {
        assert_refused(&taken(Endpoint::Token, fault).await, "exchange: ");
    }
}

/// Takes the code out of a callback as a correct client does: no parameter twice (RFC 6749 §3.1), `state` and `iss`
/// before anything is believed (RFC 6749 §10.12, RFC 9207 §2.4), an error before a code.
fn code(callback: &Answer, state: &str, issuer: &str) -> Result<String, &'static str> {
    let params = callback.callback_params();
    let mut names: Vec<&String> = params.iter().map(|(name, _)| name).collect();
    names.sort_unstable();
    if names.windows(2).any(|pair| pair[0] == pair[1]) {
        return Err("a parameter appears twice");
    }
    let value = |name: &str| callback.callback_param(name);
    if value("state").as_deref() != Some(state) {
        return Err("the state is not mine");
    }
    if value("iss").as_deref() != Some(issuer) {
        return Err("another server answers");
    }
    if value("error").is_some() {
        return Err("it is an error");
    }
    value("code").ok_or("there is no code")
}

#[tokio::test]
async fn a_client_that_reads_its_callback_as_it_should_refuses_faulty_ones() {
    let mock = Mock::start().await;
    for (change, reason) in [
        (CallbackChange::NoState, "the state is not mine"),
        (CallbackChange::WrongState, "the state is not mine"),
        (CallbackChange::NoCode, "there is no code"),
        (CallbackChange::CodeAndError, "it is an error"),
        (CallbackChange::ForeignIssuer, "another server answers"),
        (CallbackChange::Twice, "a parameter appears twice"),
    ] {
        mock.issuer.fail_next(Endpoint::Authorize, Fault::callback(change));
        let callback = mock.signed_in(&oidc_request()).await;
        assert_eq!(code(&callback, STATE, mock.issuer.url()), Err(reason), "{change:?}");
    }
    assert!(code(&mock.signed_in(&oidc_request()).await, STATE, mock.issuer.url()).is_ok());
}

/// Code injection (RFC 9700 §4.5).
#[tokio::test]
async fn a_foreign_code_fails_at_the_exchange_of_a_client_with_pkce() {
    let mock = Mock::plain().await;
    mock.issuer.fail_next(Endpoint::Authorize, Fault::callback(CallbackChange::ForeignCode));
    assert_refused(&sign_in(&mock).await, "exchange: ServerResponse(");
    let entry = mock.last_entry();
    assert_eq!(entry.refusal.unwrap().rule, "code_verifier_wrong");
    assert_ne!(entry.user.map(|user| user.as_str().to_owned()).as_deref(), Some(subscriber::USERNAME));
}
