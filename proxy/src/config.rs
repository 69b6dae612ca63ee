//! The configuration of the proxy, and the flags and variables that it is read from.

use std::time::Duration;

use fortellis_service::{
    AuthServer, BackendArgs, Credentials, PageArgs, Settings, SettingsArgs, SharedArgs, StartError,
    check_subscription_id, defaults,
};
use http::HeaderValue;
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

impl Config {
    /// Checks the settings. An error names the variable, what was found, and what would be accepted.
    pub fn from_settings(settings: &Settings, timeout: Duration) -> Result<Self, StartError> {
        let config = Self {
            auth_server: settings.auth_server()?,
            credentials: settings.credentials()?,
            api_url: settings.api_url()?,
            subscriptions_url: settings.subscriptions_url()?,
            subscription_id: settings.subscription_id.clone(),
            allowed_origins: separated(&settings.allowed_origins),
            timeout,
        };
        check_subscription_id(&config.subscription_id)?;
        config.allowed_origins.iter().try_for_each(|origin| allowed_origin(origin).map(drop))?;
        Ok(config)
    }
}

/// The flags and variables of the proxy.
#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    /// Those that it shares with the other programs.
    #[command(flatten)]
    pub shared: SharedArgs,
    /// Those that it shares with the programs that set up a proxy.
    #[command(flatten)]
    pub backend: BackendArgs,
    /// How long the authorization server and the API may take to answer
    #[arg(
        long,
        env = "PROXY_TIMEOUT_SECONDS",
        value_name = "SECONDS",
        default_value_t = DEFAULT_TIMEOUT.as_secs(),
        value_parser = clap::value_parser!(u64).range(1..=600),
        help_heading = "Proxy"
    )]
    pub timeout_seconds: u64,
}

impl Args {
    /// Derives what is unset and checks all of it. An error names the variable, what was found, and what would be
    /// accepted.
    pub fn resolve(self) -> Result<Config, StartError> {
        let settings = SettingsArgs { shared: self.shared, page: PageArgs::default(), backend: self.backend };
        Config::from_settings(&settings.derive(), Duration::from_secs(self.timeout_seconds))
    }
}

/// The values of a list, comma separated. An empty text is an empty list: no page may call.
fn separated(text: &str) -> Vec<String> {
    text.split(',').map(str::trim).filter(|value| !value.is_empty()).map(str::to_owned).collect()
}

/// The `Subscription-Id` as it is sent.
pub(crate) fn subscription_id(text: &str) -> Result<HeaderValue, StartError> {
    check_subscription_id(text)?;
    Ok(HeaderValue::from_str(text).expect("visible ASCII is a header value"))
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
