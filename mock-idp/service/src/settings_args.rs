//! The flags and variables that the programs share. Each is declared here and nowhere else.
//!
//! Three groups, since the site must not read the API Secret: [`SharedArgs`] for every program, [`PageArgs`] for the
//! page, [`BackendArgs`] for the proxy. [`SettingsArgs`] is all of them. What is left unset is derived by
//! [`SettingsArgs::derive`].
//!
//! [`SettingsArgs::derive`]: crate::SettingsArgs::derive

use clap::{Args, builder::BoolishValueParser};

use crate::{Secret, defaults};

/// The settings that every program reads: where the programs listen, the authorization server, the app, the API.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
pub struct SharedArgs {
    /// Where the site listens: HOST:PORT, loopback only, port 0 for any free one
    #[arg(long, env = "SITE_ADDR", value_name = "ADDR", default_value = defaults::SITE_ADDR, help_heading = ADDRESSES)]
    pub site_addr: String,
    /// Where the proxy listens: HOST:PORT, loopback only, port 0 for any free one
    #[arg(long, env = "PROXY_ADDR", value_name = "ADDR", default_value = defaults::PROXY_ADDR, help_heading = ADDRESSES)]
    pub proxy_addr: String,
    /// Where the mock listens
    #[arg(long, env = "MOCK_IDP_ADDR", value_name = "ADDR", default_value = defaults::MOCK_IDP_ADDR,
          help_heading = ADDRESSES)]
    pub mock_idp_addr: String,
    /// The issuer, without a trailing slash; if unset, the mock's
    #[arg(long, env = "FORTELLIS_AUTH_SERVER_URL", value_name = "URL", help_heading = AUTH_SERVER)]
    pub auth_server_url: Option<String>,
    /// The name of the mock's issuer, where the mock is used
    #[arg(long, env = "MOCK_IDP_ISSUER", value_name = "NAME", default_value = defaults::ISSUER,
          help_heading = AUTH_SERVER)]
    pub issuer: String,
    /// The app's API Key (`client_id`); if unset and the server is on this machine, the demo app's
    #[arg(long, env = "FORTELLIS_API_KEY", value_name = "KEY", hide_env_values = true, help_heading = AUTH_SERVER)]
    pub api_key: Option<String>,
    /// The Callback URL, sent exactly as written; if unset, the site's address
    #[arg(long, env = "FORTELLIS_REDIRECT_URI", value_name = "URL", help_heading = AUTH_SERVER)]
    pub redirect_uri: Option<String>,
    /// The API gateway; if unset, the mock's
    #[arg(long, env = "FORTELLIS_API_URL", value_name = "URL", help_heading = API)]
    pub api_url: Option<String>,
    /// The Subscription-Id that API calls carry
    #[arg(long, env = "FORTELLIS_SUBSCRIPTION_ID", value_name = "ID", default_value = defaults::SUBSCRIPTION_ID,
          help_heading = API)]
    pub subscription_id: String,
}

/// The settings of the page.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
pub struct PageArgs {
    /// The scope that the page asks for, space separated
    #[arg(long, env = "FORTELLIS_SCOPE", value_name = "SCOPES", default_value = defaults::SCOPE,
          help_heading = AUTH_SERVER)]
    pub scope: String,
    /// Where the page posts the code; if unset, the proxy's address
    #[arg(long, env = "PROXY_URL", value_name = "URL", help_heading = PROXY)]
    pub proxy_url: Option<String>,
}

/// The settings of the proxy.
#[derive(Debug, Clone, Default, PartialEq, Eq, Args)]
pub struct BackendArgs {
    /// The app's API Secret (`client_secret`); if unset and the server is on this machine, the demo app's
    #[arg(long, env = "FORTELLIS_API_SECRET", value_name = "SECRET", hide_env_values = true,
          help_heading = AUTH_SERVER)]
    pub api_secret: Option<Secret>,
    /// Send the API Secret in clear to an http server on another machine; a .env file cannot set this
    #[arg(long, env = "FORTELLIS_ALLOW_INSECURE", value_parser = BoolishValueParser::new(), help_heading = AUTH_SERVER)]
    pub allow_insecure: bool,
    /// The Subscriptions API; if unset, the mock's
    #[arg(long, env = "FORTELLIS_SUBSCRIPTIONS_URL", value_name = "URL", help_heading = API)]
    pub subscriptions_url: Option<String>,
    /// The pages that may call the proxy: exact origins, comma separated; if unset, those of the site and of the
    /// Callback URL
    #[arg(long, env = "PROXY_ALLOWED_ORIGINS", value_name = "ORIGINS", help_heading = PROXY)]
    pub allowed_origins: Option<String>,
}

/// All of the settings.
#[derive(Debug, Clone, Default, PartialEq, Eq, Args)]
pub struct SettingsArgs {
    /// Those that every program reads.
    #[command(flatten)]
    pub shared: SharedArgs,
    /// Those of the page.
    #[command(flatten)]
    pub page: PageArgs,
    /// Those of the proxy.
    #[command(flatten)]
    pub backend: BackendArgs,
}

const ADDRESSES: &str = "Addresses";
const AUTH_SERVER: &str = "Authorization server";
const API: &str = "API";
const PROXY: &str = "Proxy";

/// Nothing is set.
impl Default for SharedArgs {
    fn default() -> Self {
        Self {
            site_addr: defaults::SITE_ADDR.to_owned(),
            proxy_addr: defaults::PROXY_ADDR.to_owned(),
            mock_idp_addr: defaults::MOCK_IDP_ADDR.to_owned(),
            auth_server_url: None,
            issuer: defaults::ISSUER.to_owned(),
            api_key: None,
            redirect_uri: None,
            api_url: None,
            subscription_id: defaults::SUBSCRIPTION_ID.to_owned(),
        }
    }
}

/// Nothing is set.
impl Default for PageArgs {
    fn default() -> Self {
        Self { scope: defaults::SCOPE.to_owned(), proxy_url: None }
    }
}

#[cfg(test)]
mod tests {
    use clap::{Command, FromArgMatches, builder::Resettable};

    use super::*;

    #[test]
    fn the_default_is_a_command_line_without_flags_and_variables() {
        let command =
            SettingsArgs::augment_args(Command::new("x")).mut_args(|arg| arg.env(Resettable::Reset));
        let parsed = SettingsArgs::from_arg_matches(&command.get_matches_from(["x"])).unwrap();
        assert_eq!(parsed, SettingsArgs::default());
    }
}
