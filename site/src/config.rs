//! What the site must know, and the flags and variables that say it.

use fixtures::defaults;
use program::{AuthServer, AuthServerArgs, StartError, base_url};

/// Everything the site must know. [`Args::resolve`] reads it from flags and variables.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// The authorization server that the page sends people to, and the app that they sign in to.
    pub auth_server: AuthServer,
    /// What the page asks for, separated by single spaces.
    pub scope: String,
    /// Where the page posts the code, without a trailing slash.
    pub proxy_url: String,
    /// The API gateway that the page calls with the token, without a trailing slash.
    pub api_url: String,
    /// The `Subscription-Id` that API calls carry.
    pub subscription_id: String,
}

/// The flags and variables of the site, but for the address it listens on.
#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    /// The authorization server and the app.
    #[command(flatten)]
    pub auth_server: AuthServerArgs,
    /// What the page asks for, space separated
    #[arg(
        long,
        env = "FORTELLIS_SCOPE",
        value_name = "SCOPES",
        default_value = defaults::SCOPE,
        help_heading = "Authorization server"
    )]
    pub scope: String,
    /// Where the page posts the code
    #[arg(long, env = "PROXY_URL", value_name = "URL", default_value = defaults::PROXY_URL, help_heading = "Proxy")]
    pub proxy_url: String,
    /// The API gateway that the page calls with the token
    #[arg(long, env = "FORTELLIS_API_URL", value_name = "URL", default_value = defaults::API_URL, help_heading = "API")]
    pub api_url: String,
    /// The Subscription-Id that API calls carry
    #[arg(
        long,
        env = "FORTELLIS_SUBSCRIPTION_ID",
        value_name = "ID",
        default_value = fixtures::SUBSCRIPTION_ID,
        help_heading = "API"
    )]
    pub subscription_id: String,
}

impl Args {
    /// Checks the settings. An error names the variable, what was found, and what would be accepted.
    pub fn resolve(self) -> Result<Config, StartError> {
        Ok(Config {
            auth_server: self.auth_server.resolve()?,
            scope: scope(&self.scope)?,
            proxy_url: base_url("PROXY_URL", &self.proxy_url)?,
            api_url: base_url("FORTELLIS_API_URL", &self.api_url)?,
            subscription_id: subscription_id(self.subscription_id)?,
        })
    }
}

/// Scopes of the characters that RFC 6749 §3.3 allows, with one space between them.
fn scope(text: &str) -> Result<String, StartError> {
    let scopes: Vec<&str> = text.split_ascii_whitespace().collect();
    let allowed = |byte: u8| byte.is_ascii_graphic() && byte != b'"' && byte != b'\\';
    if scopes.is_empty() || !scopes.iter().all(|scope| scope.bytes().all(allowed)) {
        return Err(StartError::new(
            "FORTELLIS_SCOPE",
            format!("{text:?} cannot be asked for"),
            "expected scopes of ASCII without quotes and backslashes, separated by spaces, for example openid",
        ));
    }
    Ok(scopes.join(" "))
}

/// The `Subscription-Id` as a browser can send it.
fn subscription_id(text: String) -> Result<String, StartError> {
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(StartError::new(
            "FORTELLIS_SUBSCRIPTION_ID",
            format!("{text:?} cannot be sent as a header"),
            format!("expected an id like {}", fixtures::SUBSCRIPTION_ID),
        ));
    }
    Ok(text)
}
