//! `mock-idp token`: a signed token on stdout, and nothing else.

use std::path::PathBuf;

use clap::Args;
use fortellis_service::{StartError, base_url};
use serde_json::Value;

use super::{output::print, read_config};
use crate::{
    config::Config,
    grant::{OrderError, TokenOrder},
    issuers::Issuers,
};

/// Which token to print.
#[derive(Debug, Args)]
#[command(after_help = "\
A running mock with the same base URL, issuer and configuration accepts the token.

Examples:
  curl -H \"Authorization: Bearer $(mock-idp token)\" http://localhost:9100/oauth2/default/v1/userinfo
  mock-idp token --id-token --claim nonce=n-0S6_WzA2Mj
  mock-idp token --claim aud=null --claim 'roles=[\"buyer\"]' --lifetime 60
  mock-idp token --no-user --app BackendAppKey0000000000000000001")]
pub(super) struct TokenArgs {
    /// The app's API Key [default: that of the first app]
    #[arg(long, value_name = "API_KEY")]
    app: Option<String>,
    /// The user's name [default: the first user]
    #[arg(long, value_name = "NAME")]
    user: Option<String>,
    /// The app acts for itself, as with client credentials
    #[arg(long, conflicts_with = "user")]
    no_user: bool,
    /// Scopes, separated by spaces [default: openid, or anonymous without a user]
    #[arg(long)]
    scope: Option<String>,
    /// Set a claim to a JSON value, or else to text; `NAME=null` removes it. May be repeated
    #[arg(long = "claim", value_name = "NAME=VALUE", value_parser = claim)]
    claims: Vec<(String, Value)>,
    /// How long the token lives; with zero or less, it expired that long ago [default: as in the app's dialect]
    #[arg(long, value_name = "SECONDS", allow_negative_numbers = true)]
    lifetime: Option<i64>,
    /// Print the ID token instead of the access token
    #[arg(long)]
    id_token: bool,
    /// Print the whole answer of the token endpoint as JSON
    #[arg(long, conflicts_with = "id_token")]
    json: bool,
    /// The name of the issuer
    #[arg(long, value_name = "NAME", default_value = "default")]
    issuer: String,
    /// The base URL of the issuers
    #[arg(long, env = "MOCK_IDP_ISSUER_URL", value_name = "URL", default_value = BASE_URL)]
    issuer_url: String,
    /// A file with apps and users to use instead of the demo data
    #[arg(long, env = "MOCK_IDP_CONFIG", value_name = "FILE.toml")]
    config: Option<PathBuf>,
    /// Make the token's id the same in every run
    #[arg(long, env = "MOCK_IDP_SEED", value_name = "N")]
    seed: Option<u64>,
}

/// The base URL of a mock that is started without settings.
const BASE_URL: &str = "http://localhost:9100";

/// Reads `name=value`.
fn claim(text: &str) -> Result<(String, Value), String> {
    let (name, value) = text
        .split_once('=')
        .filter(|(name, _)| !name.is_empty())
        .ok_or("expected NAME=VALUE, for example role=buyer")?;
    let value = serde_json::from_str(value).unwrap_or_else(|_| value.into());
    Ok((name.to_owned(), value))
}

impl TokenArgs {
    /// Prints the token.
    pub(super) fn run(self) -> Result<(), StartError> {
        let config = Config {
            issuer_url: Some(base_url("MOCK_IDP_ISSUER_URL", &self.issuer_url)?),
            seed: self.seed,
            ..self.config.as_deref().map_or_else(|| Ok(Config::demo()), read_config)?
        };
        let issuer = Issuers::new(config, BASE_URL).named(&self.issuer).ok_or_else(|| {
            StartError::new(
                "--issuer",
                format!("no issuer can have the name {:?}", self.issuer),
                "expected 1 to 64 of A-Z a-z 0-9 _ -",
            )
        })?;
        // A seed fixes the token's id, and freezes the clock. A printed token should be valid now.
        issuer.clock().follow();
        let answer = issuer.mint(&self.order()?).map_err(refused)?;
        if self.json {
            print(&serde_json::to_string_pretty(&answer).expect("an answer is JSON"));
            return Ok(());
        }
        let token = if self.id_token { answer.id_token } else { answer.access_token };
        print(&token.ok_or_else(|| {
            StartError::new("--id-token", "there is none", "it takes a user and the scope openid")
        })?);
        Ok(())
    }

    fn order(&self) -> Result<TokenOrder, StartError> {
        let mut order = TokenOrder::new();
        if let Some(api_key) = &self.app {
            order = order.app(api_key);
        }
        if let Some(username) = &self.user {
            order = order.user(username);
        }
        if self.no_user {
            order = order.no_user();
        }
        if let Some(scope) = &self.scope {
            order = order.scope(scope).map_err(|error| {
                StartError::new("--scope", error.to_string(), "expected scopes separated by spaces")
            })?;
        }
        if let Some(seconds) = self.lifetime {
            order = order.lifetime_seconds(seconds);
        }
        Ok(self.claims.iter().fold(order, |order, (name, value)| order.claim(name, value.clone())))
    }
}

/// The error for a flag that names something unknown.
fn refused(error: OrderError) -> StartError {
    let meant = |near: Option<String>, places: &str| {
        near.map_or_else(|| format!("expected one of {places}"), |near| format!("did you mean {near}?"))
    };
    match error {
        OrderError::NoApp => StartError::new("--config", "there is no app in it", "add an [[app]]"),
        OrderError::UnknownApp { api_key, near } => StartError::new(
            "--app",
            format!("no app has the API Key {api_key:?}"),
            meant(near, "the demo data, or name your own with --config"),
        ),
        OrderError::UnknownUser { username, near } => StartError::new(
            "--user",
            format!("no user is called {username:?}"),
            meant(near, "the demo data, or name your own with --config; --no-user for none"),
        ),
        // No flag names a key, so this cannot happen.
        OrderError::UnknownKey { .. } => StartError::new("token", error.to_string(), "leave the key out"),
        OrderError::Lifetime { seconds } => StartError::new(
            "--lifetime",
            format!("{seconds} s is too long"),
            format!("expected at most {} s, either way", u32::MAX),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_claim_is_json_or_else_text() {
        let value = |text: &str| claim(text).unwrap().1;
        assert_eq!(value("role=buyer"), "buyer");
        assert_eq!(value("ver=1"), 1);
        assert_eq!(value("aud=null"), Value::Null);
        assert_eq!(value("roles=[\"a\"]"), serde_json::json!(["a"]));
        assert_eq!(value("text=\"1\""), "1");
        assert_eq!(value("equation=a=b"), "a=b");
        assert_eq!(value("empty="), "");
        assert_eq!(claim("role").unwrap_err(), "expected NAME=VALUE, for example role=buyer");
        assert_eq!(claim("=x").unwrap_err(), "expected NAME=VALUE, for example role=buyer");
    }

    #[test]
    fn the_base_url_is_that_of_the_default_issuer() {
        assert_eq!(format!("{BASE_URL}/oauth2/default"), fixtures::defaults::AUTH_SERVER_URL);
    }
}
