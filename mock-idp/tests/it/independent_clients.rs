//! Whole flows by client libraries that know nothing of the mock: `openidconnect` and `oauth2`, over a socket, on a
//! mock as anybody starts it.

use std::convert::Infallible;

use fixtures::{backend_app, oidc_app, subscriber, tutorial_app};
use oauth2::{
    AuthType, AuthorizationCode, ClientId, ClientSecret, CsrfToken, HttpRequest, HttpResponse,
    IntrospectionUrl, PkceCodeChallenge, RedirectUrl, RequestTokenError, RevocationUrl, Scope,
    StandardRevocableToken, TokenIntrospectionResponse, TokenResponse, TokenUrl, basic::BasicClient,
};
use openidconnect::{
    AccessTokenHash, AuthenticationFlow, IssuerUrl, Nonce, TokenResponse as _,
    core::{CoreClient, CoreProviderMetadata, CoreResponseType, CoreTokenResponse, CoreUserInfoClaims},
};

use crate::support::{Mock, client};

/// Sends what a library wants to send. `oauth2` revokes over https only, which a proxy in front of the mock would
/// take off again, as is done here.
pub(crate) async fn http(request: HttpRequest) -> Result<HttpResponse, Infallible> {
    let (mut parts, body) = request.into_parts();
    parts.uri = parts.uri.to_string().replace("https://localhost:", "http://localhost:").parse().unwrap();
    let request = reqwest::Request::try_from(http::Request::from_parts(parts, body)).unwrap();
    let response = client().execute(request).await.unwrap();
    let mut answer = http::Response::builder().status(response.status());
    *answer.headers_mut().unwrap() = response.headers().clone();
    Ok(answer.body(response.bytes().await.unwrap().to_vec()).unwrap())
}

fn secure(url: &str) -> String {
    url.replace("http://", "https://")
}

async fn discovered(mock: &Mock) -> CoreProviderMetadata {
    let issuer = IssuerUrl::new(mock.issuer.url().to_owned()).unwrap();
    CoreProviderMetadata::discover_async(issuer, &http).await.unwrap()
}

macro_rules! openid_client {
    ($mock:expr) => {
        CoreClient::from_provider_metadata(
            discovered(&$mock).await,
            ClientId::new(oidc_app::API_KEY.to_owned()),
            Some(ClientSecret::new(oidc_app::API_SECRET.to_owned())),
        )
        .set_redirect_uri(RedirectUrl::new(oidc_app::REDIRECT_URI.to_owned()).unwrap())
    };
}

/// The callback's code, once its state has been compared.
async fn signed_in(mock: &Mock, url: &url::Url, state: &CsrfToken) -> AuthorizationCode {
    let callback = mock.signed_in_at(url.as_str()).await;
    assert_eq!(callback.callback_param("state").as_deref(), Some(state.secret().as_str()));
    AuthorizationCode::new(callback.callback_param("code").expect("a code"))
}

#[tokio::test]
async fn openidconnect_discovers_signs_in_verifies_refreshes_and_asks_for_userinfo() {
    let mock = Mock::plain().await;
    let client = openid_client!(mock);
    let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
    let (url, state, nonce) = client
        .authorize_url(
            AuthenticationFlow::<CoreResponseType>::AuthorizationCode,
            CsrfToken::new_random,
            Nonce::new_random,
        )
        .add_scopes(["profile", "email", "offline_access"].map(|scope| Scope::new(scope.to_owned())))
        .set_pkce_challenge(challenge)
        .url();
    let code = signed_in(&mock, &url, &state).await;
    let tokens: CoreTokenResponse =
        client.exchange_code(code).unwrap().set_pkce_verifier(verifier).request_async(&http).await.unwrap();

    // Signature, issuer, audience, expiry by the machine's clock, nonce, then the hash.
    let id_token = tokens.id_token().expect("an ID token");
    let id_verifier = client.id_token_verifier();
    let claims = id_token.claims(&id_verifier, &nonce).unwrap();
    assert_eq!(claims.subject().as_str(), subscriber::UID);
    assert!(claims.auth_time().is_some());
    let hash = AccessTokenHash::from_token(
        tokens.access_token(),
        id_token.signing_alg().unwrap(),
        id_token.signing_key(&id_verifier).unwrap(),
    )
    .unwrap();
    assert_eq!(claims.access_token_hash(), Some(&hash));
    assert!(id_token.claims(&id_verifier, &Nonce::new("another".to_owned())).is_err());

    let person: CoreUserInfoClaims = client
        .user_info(tokens.access_token().clone(), Some(claims.subject().clone()))
        .unwrap()
        .request_async(&http)
        .await
        .unwrap();
    assert_eq!(person.email().unwrap().as_str(), subscriber::USERNAME);
    assert_eq!(person.name().unwrap().get(None).unwrap().as_str(), "Sam Subscriber");

    let refreshed: CoreTokenResponse = client
        .exchange_refresh_token(tokens.refresh_token().expect("a refresh token"))
        .unwrap()
        .request_async(&http)
        .await
        .unwrap();
    let refreshed_claims = refreshed
        .id_token()
        .expect("an ID token")
        .claims(&id_verifier, |nonce: Option<&Nonce>| match nonce {
            None => Ok(()),
            Some(_) => Err("a refreshed ID token has no nonce".to_owned()),
        })
        .unwrap();
    assert_eq!(refreshed_claims.subject(), claims.subject());
    assert_eq!(refreshed_claims.auth_time(), claims.auth_time());
}

#[tokio::test]
async fn openidconnect_introspects_and_revokes() {
    let mock = Mock::plain().await;
    let metadata = mock.get(&mock.at("/.well-known/openid-configuration")).await.json();
    let endpoint = |name: &str| metadata[name].as_str().unwrap().to_owned();
    let client = openid_client!(mock)
        .set_introspection_url(IntrospectionUrl::new(endpoint("introspection_endpoint")).unwrap())
        .set_revocation_url(RevocationUrl::new(secure(&endpoint("revocation_endpoint"))).unwrap());
    let (url, state, _) = client
        .authorize_url(
            AuthenticationFlow::<CoreResponseType>::AuthorizationCode,
            CsrfToken::new_random,
            Nonce::new_random,
        )
        .add_scope(Scope::new("offline_access".to_owned()))
        .url();
    let code = signed_in(&mock, &url, &state).await;
    let tokens: CoreTokenResponse = client.exchange_code(code).unwrap().request_async(&http).await.unwrap();

    let told = client.introspect(tokens.access_token()).request_async(&http).await.unwrap();
    assert!(told.active());
    assert_eq!(told.client_id().unwrap().as_str(), oidc_app::API_KEY);
    assert_eq!(told.username(), Some(subscriber::USERNAME));
    assert_eq!(told.scopes().unwrap().len(), 2);

    let refresh_token = tokens.refresh_token().unwrap().clone();
    let revocable = openidconnect::core::CoreRevocableToken::from(refresh_token.clone());
    client.revoke_token(revocable).unwrap().request_async(&http).await.unwrap();
    let told = client.introspect(tokens.access_token()).request_async(&http).await.unwrap();
    assert!(!told.active());
    let refused =
        client.exchange_refresh_token(&refresh_token).unwrap().request_async(&http).await.unwrap_err();
    assert!(
        matches!(&refused, RequestTokenError::ServerResponse(error) if error.error().as_ref() == "invalid_grant"),
        "{refused:?}"
    );
}

/// `oauth2` on the tutorial's own app, secret in the body.
#[tokio::test]
async fn oauth2_signs_in_refreshes_and_revokes_in_dialect_fortellis() {
    let mock = Mock::plain().await;
    let at = |path: &str| format!("{}{path}", mock.issuer.url());
    let client = BasicClient::new(ClientId::new(tutorial_app::API_KEY.to_owned()))
        .set_client_secret(ClientSecret::new(tutorial_app::API_SECRET.to_owned()))
        .set_auth_type(AuthType::RequestBody)
        .set_auth_uri(oauth2::AuthUrl::new(at("/v1/authorize")).unwrap())
        .set_token_uri(TokenUrl::new(at("/v1/token")).unwrap())
        .set_revocation_url(RevocationUrl::new(secure(&at("/v1/revoke"))).unwrap())
        .set_redirect_uri(RedirectUrl::new(tutorial_app::TUTORIAL_REDIRECT_URI.to_owned()).unwrap());
    let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
    let (url, state) = client
        .authorize_url(CsrfToken::new_random)
        .add_scopes(["openid", "offline_access"].map(|scope| Scope::new(scope.to_owned())))
        .set_pkce_challenge(challenge)
        .url();
    let code = signed_in(&mock, &url, &state).await;
    let tokens = client.exchange_code(code).set_pkce_verifier(verifier).request_async(&http).await.unwrap();
    assert_eq!(tokens.expires_in(), Some(std::time::Duration::from_hours(1)));

    let refresh_token = tokens.refresh_token().unwrap();
    let refreshed = client.exchange_refresh_token(refresh_token).request_async(&http).await.unwrap();
    assert_eq!(refreshed.refresh_token().unwrap().secret(), refresh_token.secret());

    let revocable = StandardRevocableToken::from(refresh_token);
    client.revoke_token(revocable).unwrap().request_async(&http).await.unwrap();
    assert!(client.exchange_refresh_token(refresh_token).request_async(&http).await.is_err());
}

#[tokio::test]
async fn oauth2_gets_an_apps_own_token() {
    let mock = Mock::plain().await;
    let client = BasicClient::new(ClientId::new(backend_app::API_KEY.to_owned()))
        .set_client_secret(ClientSecret::new(backend_app::API_SECRET.to_owned()))
        .set_token_uri(TokenUrl::new(format!("{}/v1/token", mock.issuer.url())).unwrap());
    let tokens = client
        .exchange_client_credentials()
        .add_scope(Scope::new("anonymous".to_owned()))
        .request_async(&http)
        .await
        .unwrap();
    assert!(tokens.refresh_token().is_none());
    let refused = client.exchange_client_credentials().request_async(&http).await.unwrap_err();
    assert!(
        matches!(&refused, RequestTokenError::ServerResponse(error) if error.error().as_ref() == "invalid_scope"),
        "{refused:?}"
    );
}
