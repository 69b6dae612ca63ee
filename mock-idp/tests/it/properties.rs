//! What holds for whatever comes: no request breaks the mock, no code is worth two tokens, no redirect leaves for a
//! foreign address, no token outlives its expiry.

use std::sync::LazyLock;

use fixtures::{oidc_app, tutorial_app};
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode};
use mock_idp::{Config, Lifetime, Timestamp};
use proptest::{collection::vec, prelude::*, sample::select};
use reqwest::{Method, header};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use crate::support::{
    Mock, NOW, OIDC, TUTORIAL, as_sent, basic, claims, encoded, oidc_redemption, text, tutorial_request, with,
};

/// One runtime for all cases; each test keeps a mock of its own within it.
static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().unwrap());

const PATHS: [&str; 11] = [
    "/v1/authorize",
    "/v1/token",
    "/v1/token/",
    "/v1/keys",
    "/v1/userinfo",
    "/v1/introspect",
    "/v1/revoke",
    "/v1/logout",
    "/sign-in/made-up",
    "/.well-known/openid-configuration",
    "/nowhere",
];

const NAMES: [&str; 20] = [
    "access_token",
    "client_id",
    "client_secret",
    "code",
    "code_challenge",
    "code_challenge_method",
    "code_verifier",
    "grant_type",
    "id_token_hint",
    "max_age",
    "nonce",
    "post_logout_redirect_uri",
    "prompt",
    "redirect_uri",
    "refresh_token",
    "response_mode",
    "response_type",
    "scope",
    "state",
    "token",
];

/// Values that lead deep into the rules.
const VALUES: [&str; 16] = [
    tutorial_app::API_KEY,
    tutorial_app::API_SECRET,
    oidc_app::API_KEY,
    oidc_app::API_SECRET,
    "http://localhost:8080/",
    "http://localhost:80",
    "authorization_code",
    "refresh_token",
    "client_credentials",
    "anonymous",
    "openid offline_access",
    "code",
    "id_token token",
    "none",
    "S256",
    "18446744073709551615",
];

fn parameters() -> impl Strategy<Value = Vec<(String, String)>> {
    let value = prop_oneof![3 => select(&VALUES[..]).prop_map(str::to_owned), 1 => any::<String>()];
    vec((select(&NAMES[..]).prop_map(str::to_owned), value), 0..8)
}

fn form(parameters: &[(String, String)]) -> String {
    let pairs: Vec<(&str, &str)> =
        parameters.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    encoded(&pairs)
}

fn bodies() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        parameters().prop_map(|parameters| form(&parameters).into_bytes()),
        vec(any::<u8>(), 0..200),
        parameters().prop_map(|parameters| {
            json!(parameters.into_iter().collect::<std::collections::BTreeMap<_, _>>())
                .to_string()
                .into_bytes()
        }),
    ]
}

fn authorizations() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        Just(basic(TUTORIAL).into_bytes()),
        Just(basic(OIDC).into_bytes()),
        Just(b"Bearer e30.e30.c2ln".to_vec()),
        vec(0x20_u8..=0xff, 0..60),
        Just(Vec::new()),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_request_breaks_the_mock(
        method in select(vec![Method::GET, Method::POST, Method::PUT, Method::OPTIONS, Method::HEAD]),
        path in select(&PATHS[..]),
        query in parameters(),
        authorization in authorizations(),
        media in select(vec!["application/x-www-form-urlencoded", "application/json", "text/plain", ""]),
        body in bodies(),
    ) {
        static MOCK: LazyLock<(String, reqwest::Client, mock_idp::MockIdp)> = LazyLock::new(|| {
            let mock = RUNTIME.block_on(Mock::start());
            (mock.at(""), mock.http, mock.idp)
        });
        let (issuer, http, mock) = &*MOCK;
        let mut request = http.request(method, format!("{issuer}{path}?{}", form(&query))).body(body);
        if let Ok(value) = header::HeaderValue::from_bytes(&authorization) {
            request = request.header(header::AUTHORIZATION, value);
        }
        if !media.is_empty() {
            request = request.header(header::CONTENT_TYPE, media);
        }
        let request = as_sent(&request.build().unwrap());
        let status = RUNTIME.block_on(mock.answer(request)).expect("an answer").status();
        prop_assert!(!status.is_server_error(), "{status}");
    }
}

/// One attempt to redeem one of two codes, some time after the last.
#[derive(Debug, Clone)]
struct Attempt {
    code: usize,
    of_its_app: bool,
    as_it_was_sent: bool,
    seconds: u64,
}

fn attempts() -> impl Strategy<Value = Vec<Attempt>> {
    let attempt = (0..2_usize, prop::bool::weighted(0.8), prop::bool::weighted(0.8), 0..25_u64).prop_map(
        |(code, of_its_app, as_it_was_sent, seconds)| Attempt { code, of_its_app, as_it_was_sent, seconds },
    );
    vec(attempt, 1..8)
}

async fn no_code_pays_twice(attempts: &[Attempt]) {
    let mock = Mock::start().await;
    let codes = [mock.code(&tutorial_request()).await, mock.code(&tutorial_request()).await];
    let mut redeemed = [false, false];
    let mut clock = 0;
    for Attempt { code, of_its_app, as_it_was_sent, seconds } in attempts {
        mock.advance(*seconds);
        clock += seconds;
        let app = if *of_its_app { TUTORIAL } else { OIDC };
        let redirect_uri = if *as_it_was_sent { "http://localhost:8080/" } else { "http://localhost:80/" };
        let form = with(&oidc_redemption(&codes[*code]), "redirect_uri", redirect_uri);
        let status = mock.post_as(app, "/v1/token", &form).await.status;
        let worth = *of_its_app && *as_it_was_sent && clock < 60 && !redeemed[*code];
        assert_eq!(status == 200, worth, "{attempts:?}");
        redeemed[*code] |= worth;
    }
}

/// Redirect URIs that are registered, and more that nearly are.
fn redirect_uris() -> impl Strategy<Value = String> {
    let scheme = select(vec!["http", "https", "HTTP", "ftp", "javascript"]);
    let user = select(vec!["", "", "", "evil.test@", "localhost:80@"]);
    let host =
        select(vec!["localhost", "127.0.0.1", "LOCALHOST", "localhost.evil.test", "evil.test", "[::1]"]);
    let port = select(vec!["", ":80", ":8080", ":51004", ":0", ":65536", ":x"]);
    let path = select(vec!["", "/", "/cb", "/cb/", "//evil.test", "/%63b", "/../cb", "/?x=1", "/#f", "\\cb"]);
    let near = (scheme, user, host, port, path)
        .prop_map(|(scheme, user, host, port, path)| format!("{scheme}://{user}{host}{port}{path}"));
    let good = select(vec!["http://localhost:80/", "http://localhost:8080/", "http://127.0.0.1:51004/cb"]);
    prop_oneof![1 => good.prop_map(str::to_owned), 3 => near]
}

/// Whether the demo data registers an address for an app. The comparison is not the mock's own.
fn is_registered(app: &str, sent: &str) -> bool {
    if app == tutorial_app::API_KEY {
        let bare = sent.strip_suffix('/').unwrap_or(sent);
        return ["http://localhost", "http://localhost:80", "http://localhost:8080"].contains(&bare);
    }
    let native = ["http://localhost", "http://127.0.0.1"].iter().any(|host| {
        let port = sent.strip_prefix(host).and_then(|rest| rest.strip_suffix("/cb"));
        port.is_some_and(|port| {
            port.is_empty() || (port.starts_with(':') && port[1..].parse::<u16>().is_ok())
        })
    });
    native || sent == "http://localhost:8080/"
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_code_is_worth_two_tokens(attempts in attempts()) {
        RUNTIME.block_on(no_code_pays_twice(&attempts));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_redirect_goes_to_a_registered_address(
        api_key in select(vec![tutorial_app::API_KEY, oidc_app::API_KEY]),
        redirect_uri in redirect_uris(),
        response_type in select(vec!["code", "id_token token", "nope"]),
        state in "[a-z]{0,3}",
    ) {
        static MOCK: LazyLock<(String, reqwest::Client, mock_idp::MockIdp)> = LazyLock::new(|| {
            let mock = RUNTIME.block_on(Mock::start());
            (mock.at("/v1/authorize"), mock.http, mock.idp)
        });
        let (authorize, http, mock) = &*MOCK;
        // Nobody is signed in, so whatever is right goes straight back with `login_required`.
        let query = encoded(&[
            ("client_id", api_key), ("redirect_uri", &redirect_uri), ("response_type", response_type),
            ("scope", "openid"), ("state", &state), ("nonce", "n"), ("prompt", "none"),
        ]);
        let request = http.get(format!("{authorize}?{query}")).build().unwrap();
        let response = RUNTIME.block_on(mock.answer(as_sent(&request))).unwrap();
        let location = response.headers().get(header::LOCATION).map(|location| location.to_str().unwrap());
        prop_assert_eq!(location.is_some(), is_registered(api_key, &redirect_uri), "{}", redirect_uri);
        if let Some(location) = location {
            let end = location.find(['?', '#']).unwrap_or(location.len());
            prop_assert_eq!(&location[..end], redirect_uri);
        } else {
            prop_assert_eq!(response.status(), 400);
        }
    }
}

/// Tokens of a random lifetime and scope verify, and introspect as active until their expiry and not at it.
async fn tokens_live_until_their_expiry(lifetime: u32, scope: &str, fortellis: bool) {
    let mut config = Config::demo();
    config.lifetimes.access_token = Lifetime::from_seconds(lifetime);
    config.lifetimes.fortellis_user_token = Lifetime::from_seconds(lifetime);
    let mock = Mock::start_with(config).await;
    let (app, tokens) = if fortellis {
        (TUTORIAL, mock.tutorial_tokens(scope).await)
    } else {
        (OIDC, mock.oidc_tokens(scope).await)
    };
    let jwks = mock.get(&mock.at("/v1/keys")).await.json();
    for name in ["access_token", "id_token"] {
        let Some(token) = tokens.get(name) else { continue };
        verify(token, &jwks);
        let expiry = claims(token)["exp"].as_i64().unwrap();
        for (moment, active) in [(NOW, true), (expiry - 1, true), (expiry, false), (expiry + 1, false)] {
            mock.issuer.clock().freeze(Timestamp::from_unix_seconds(moment).unwrap());
            assert_eq!(
                mock.introspected(app, token).await["active"],
                active,
                "{name} {}s after its start",
                moment - NOW
            );
        }
    }
}

fn verify(token: &Value, jwks: &Value) {
    let key = &jwks["keys"][0];
    let key = DecodingKey::from_rsa_components(text(&key["n"]), text(&key["e"])).unwrap();
    let mut validation = Validation::new(Algorithm::RS256);
    (validation.validate_exp, validation.validate_aud) = (false, false);
    decode::<Value>(text(token), &key, &validation).expect("one of the published keys signed it");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_token_verifies_and_is_active_until_its_expiry_and_not_at_it(
        lifetime in 2..1_000_000_u32,
        extra in prop::sample::subsequence(vec!["profile", "email", "offline_access", "openid"], 1..=4),
        fortellis in any::<bool>(),
    ) {
        RUNTIME.block_on(tokens_live_until_their_expiry(lifetime, &extra.join(" "), fortellis));
    }
}
