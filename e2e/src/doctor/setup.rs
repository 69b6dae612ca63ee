//! The variables that the doctor looks at, as they are written: what cannot work must get as far as a finding.

use clap::Args;
use fixtures::{defaults, tutorial_app};
use program::{AuthServerArgs, Secret, is_loopback};

/// The variables of the tutorial's programs, none of them checked yet.
#[derive(Debug, Clone, Args)]
pub struct SetupArgs {
    /// The authorization server and the app.
    #[command(flatten)]
    pub auth_server: AuthServerArgs,
    /// The app's API Secret (`client_secret`); the demo app's if the server is on this machine
    #[arg(long, env = "FORTELLIS_API_SECRET", value_name = "SECRET", hide_env_values = true, value_parser = secret,
          help_heading = "Authorization server")]
    pub api_secret: Option<Secret>,
    /// What the page asks for, space separated
    #[arg(long, env = "FORTELLIS_SCOPE", value_name = "SCOPES", default_value = defaults::SCOPE,
          help_heading = "Authorization server")]
    pub scope: String,
    /// The API gateway
    #[arg(long, env = "FORTELLIS_API_URL", value_name = "URL", default_value = defaults::API_URL, help_heading = "API")]
    pub api_url: String,
    /// The Subscription-Id that API calls carry
    #[arg(long, env = "FORTELLIS_SUBSCRIPTION_ID", value_name = "ID", default_value = fixtures::SUBSCRIPTION_ID,
          help_heading = "API")]
    pub subscription_id: String,
    /// Where the page is served
    #[arg(long, env = "SITE_ADDR", value_name = "HOST:PORT", default_value = defaults::SITE_ADDR,
          help_heading = "Addresses")]
    pub site_addr: String,
    /// Where the proxy listens
    #[arg(long, env = "PROXY_ADDR", value_name = "HOST:PORT", default_value = defaults::PROXY_ADDR,
          help_heading = "Addresses")]
    pub proxy_addr: String,
    /// Where the page posts the code
    #[arg(long, env = "PROXY_URL", value_name = "URL", default_value = defaults::PROXY_URL,
          help_heading = "Addresses")]
    pub proxy_url: String,
    /// The pages that may call the proxy: exact origins, comma separated
    #[arg(long, env = "PROXY_ALLOWED_ORIGINS", value_name = "ORIGINS", default_value = defaults::SITE_ORIGIN,
          help_heading = "Addresses")]
    pub allowed_origins: String,
    /// Also try the API Secret: sends it to the authorization server for a token of the app's own
    #[arg(long, help_heading = "How far to go")]
    pub with_credentials: bool,
}

impl SetupArgs {
    /// As it is with none of the variables set: the mock and its demo app on this machine.
    pub fn unset() -> Self {
        Self {
            auth_server: AuthServerArgs {
                auth_server_url: defaults::AUTH_SERVER_URL.to_owned(),
                api_key: None,
                redirect_uri: tutorial_app::REDIRECT_URI.to_owned(),
            },
            api_secret: None,
            scope: defaults::SCOPE.to_owned(),
            api_url: defaults::API_URL.to_owned(),
            subscription_id: fixtures::SUBSCRIPTION_ID.to_owned(),
            site_addr: defaults::SITE_ADDR.to_owned(),
            proxy_addr: defaults::PROXY_ADDR.to_owned(),
            proxy_url: defaults::PROXY_URL.to_owned(),
            allowed_origins: defaults::SITE_ORIGIN.to_owned(),
            with_credentials: false,
        }
    }

    /// Whether the authorization server is on this machine, where the demo app may be used.
    pub(super) fn is_local(&self) -> bool {
        is_loopback(&self.auth_server.auth_server_url)
    }

    /// The API Key that the programs use: the one that is set, or the demo app's on this machine.
    pub(super) fn used_api_key(&self) -> Option<&str> {
        let set = self.auth_server.api_key.as_deref().filter(|value| !value.is_empty());
        set.or_else(|| self.is_local().then_some(tutorial_app::API_KEY))
    }

    /// The API Secret that the programs use.
    pub(super) fn used_api_secret(&self) -> Option<&str> {
        let set = self.api_secret.as_ref().map(Secret::expose).filter(|value| !value.is_empty());
        set.or_else(|| self.is_local().then_some(tutorial_app::API_SECRET))
    }
}

#[expect(clippy::unnecessary_wraps, reason = "clap expects a parser to be able to fail")]
fn secret(text: &str) -> Result<Secret, std::convert::Infallible> {
    Ok(Secret::new(text))
}
