//! What the proxy must know, and the flags and variables that say it.

use std::time::Duration;

use fixtures::defaults;
use http::HeaderValue;
use program::{AuthServer, AuthServerArgs, Credentials, StartError, base_url};
use url::Url;

/// How long an upstream may take to answer, unless set otherwise.
pub const DEFAULT_TIMEOUT: Duration = Duration::from_secs(10);

/// Everything the proxy must know. [`Args::resolve`] reads it from flags and variables.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// The authorization server; its `redirect_uri` is the one that the page sends to `/v1/authorize`.
    pub auth_server: AuthServer,
    /// The app's API Key and API Secret.
    pub credentials: Credentials,
    /// The API gateway that `/v1/api/…` stands for, without a trailing slash.
    pub api_url: String,
    /// The Subscriptions API that `/v1/subscriptions` stands for, without a trailing slash.
    pub subscriptions_url: String,
    /// The `Subscription-Id` that API calls carry.
    pub subscription_id: String,
    /// The pages that may call: exact origins as browsers send them (RFC 6454 §6.2), such as `http://localhost:8080`.
    pub allowed_origins: Vec<String>,
    /// How long the authorization server may take for its whole answer, and an API until its answer begins and between
    /// two pieces of it; see [`DEFAULT_TIMEOUT`].
    pub timeout: Duration,
}

/// The flags and variables of the proxy, but for the address it listens on.
#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    /// The authorization server and the app.
    #[command(flatten)]
    pub auth_server: AuthServerArgs,
    /// The app's API Secret (`client_secret`); the demo app's if the server is on this machine
    #[arg(
        long,
        env = "FORTELLIS_API_SECRET",
        value_name = "SECRET",
        hide_env_values = true,
        help_heading = "Authorization server"
    )]
    pub api_secret: Option<String>,
    /// The API gateway behind /v1/api
    #[arg(long, env = "FORTELLIS_API_URL", value_name = "URL", default_value = defaults::API_URL, help_heading = "API")]
    pub api_url: String,
    /// The Subscriptions API behind /v1/subscriptions
    #[arg(
        long,
        env = "FORTELLIS_SUBSCRIPTIONS_URL",
        value_name = "URL",
        default_value = defaults::SUBSCRIPTIONS_URL,
        help_heading = "API"
    )]
    pub subscriptions_url: String,
    /// The Subscription-Id that API calls carry
    #[arg(
        long,
        env = "FORTELLIS_SUBSCRIPTION_ID",
        value_name = "ID",
        default_value = fixtures::SUBSCRIPTION_ID,
        help_heading = "API"
    )]
    pub subscription_id: String,
    /// The pages that may call: exact origins, comma separated
    #[arg(
        long,
        env = "PROXY_ALLOWED_ORIGINS",
        value_name = "ORIGINS",
        default_value = defaults::SITE_ORIGIN,
        help_heading = "Limits"
    )]
    pub allowed_origins: String,
    /// How long the authorization server and the API may take to answer
    #[arg(
        long,
        env = "PROXY_TIMEOUT_SECONDS",
        value_name = "SECONDS",
        default_value_t = DEFAULT_TIMEOUT.as_secs(),
        value_parser = clap::value_parser!(u64).range(1..=600),
        help_heading = "Limits"
    )]
    pub timeout_seconds: u64,
}

impl Args {
    /// Checks the settings. An error names the variable, what was found, and what would be accepted.
    pub fn resolve(self) -> Result<Config, StartError> {
        let auth_server = self.auth_server.resolve()?;
        let config = Config {
            credentials: Credentials::resolve(&auth_server, self.api_secret)?,
            auth_server,
            api_url: base_url("FORTELLIS_API_URL", &self.api_url)?,
            subscriptions_url: base_url("FORTELLIS_SUBSCRIPTIONS_URL", &self.subscriptions_url)?,
            subscription_id: self.subscription_id,
            allowed_origins: separated(&self.allowed_origins),
            timeout: Duration::from_secs(self.timeout_seconds),
        };
        subscription_id(&config.subscription_id)?;
        config.allowed_origins.iter().try_for_each(|origin| allowed_origin(origin).map(drop))?;
        Ok(config)
    }
}

/// The values of a list, comma separated. An empty text is an empty list: no page may call.
fn separated(text: &str) -> Vec<String> {
    text.split(',').map(str::trim).filter(|value| !value.is_empty()).map(str::to_owned).collect()
}

/// The `Subscription-Id` as it is sent.
pub(crate) fn subscription_id(text: &str) -> Result<HeaderValue, StartError> {
    let value = HeaderValue::from_str(text).ok();
    value.filter(|_| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic())).ok_or_else(|| {
        StartError::new(
            "FORTELLIS_SUBSCRIPTION_ID",
            format!("{text:?} cannot be sent as a header"),
            format!("expected an id like {}", fixtures::SUBSCRIPTION_ID),
        )
    })
}

/// Accepts an origin as a browser sends it (RFC 6454 §6.2): no path, no slash, no default port, lower case.
pub(crate) fn allowed_origin(text: &str) -> Result<HeaderValue, StartError> {
    let sent = Url::parse(text)
        .ok()
        .filter(|url| matches!(url.scheme(), "http" | "https"))
        .map(|url| url.origin().ascii_serialization());
    let remedy = match (&sent, HeaderValue::from_str(text)) {
        (Some(sent), Ok(value)) if sent == text => return Ok(value),
        (Some(sent), _) => format!("browsers send \"{sent}\": write that"),
        (None, _) => {
            format!("expected exact origins, comma separated, for example {}", defaults::SITE_ORIGIN)
        }
    };
    Err(StartError::new("PROXY_ALLOWED_ORIGINS", format!("\"{text}\" is not an origin"), remedy))
}
