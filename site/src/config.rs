//! The configuration of the site, and the flags and variables that it is read from.

use fortellis_service::{
    AuthServer, BackendArgs, PageArgs, Settings, SettingsArgs, SharedArgs, StartError, check_subscription_id,
};

/// Everything the site must know. [`Args::resolve`] reads it from flags and variables.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// The authorization server that the page sends people to, and the app that they sign in to.
    pub auth_server: AuthServer,
    /// The scope that the page asks for, separated by single spaces.
    pub scope: String,
    /// Where the page posts the code, without a trailing slash.
    pub proxy_url: String,
    /// The API gateway that the page calls with the token, without a trailing slash.
    pub api_url: String,
    /// The `Subscription-Id` that API calls carry.
    pub subscription_id: String,
}

impl Config {
    /// Checks the settings. An error names the variable, what was found, and what would be accepted.
    pub fn from_settings(settings: &Settings) -> Result<Self, StartError> {
        let config = Self {
            auth_server: settings.auth_server()?,
            scope: scope(&settings.scope)?,
            proxy_url: settings.proxy_url()?,
            api_url: settings.api_url()?,
            subscription_id: settings.subscription_id.clone(),
        };
        check_subscription_id(&config.subscription_id)?;
        Ok(config)
    }
}

/// The flags and variables of the site. The API Secret is not among them.
#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    /// Those that it shares with the other programs.
    #[command(flatten)]
    pub shared: SharedArgs,
    /// Those that it shares with the programs that set up a page.
    #[command(flatten)]
    pub page: PageArgs,
}

impl Args {
    /// Derives what is unset and checks all of it. An error names the variable, what was found, and what would be
    /// accepted.
    pub fn resolve(self) -> Result<Config, StartError> {
        let settings = SettingsArgs { shared: self.shared, page: self.page, backend: BackendArgs::default() };
        Config::from_settings(&settings.derive())
    }
}

/// Scopes of the characters that RFC 6749 §3.3 allows, with one space between them.
fn scope(text: &str) -> Result<String, StartError> {
    let scopes: Vec<&str> = text.split_ascii_whitespace().collect();
    let allowed = |byte: u8| byte.is_ascii_graphic() && byte != b'"' && byte != b'\\';
    if scopes.is_empty() || !scopes.iter().all(|scope| scope.bytes().all(allowed)) {
        return Err(StartError::new(
            "FORTELLIS_SCOPE",
            format!("{text:?} cannot be requested"),
            "expected scopes of ASCII without quotes and backslashes, separated by spaces, for example openid",
        ));
    }
    Ok(scopes.join(" "))
}
