//! The whole tutorial in one process: mock, proxy and site, wired to each other.
//!
//! Three listeners, then three configurations, then three servers: a bound listener queues connections, so nothing
//! waits for anything, and each program knows where the others really are.

use std::{
    fmt,
    net::SocketAddr,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
};

use clap::Args;
use fixtures::defaults;
use futures_util::future::OptionFuture;
use mock_idp::{ApiKey, Config, Issuer, MockIdp, RegisteredUri};
use program::{AnnounceFormat, Announcement, AuthServerArgs, Listen, StartError, is_loopback};
use proxy::Proxy;
use site::Site;
use tokio::net::TcpListener;
use url::Url;

/// The settings of the stack. What is left out follows from the addresses that are bound.
#[derive(Debug, Clone, Args)]
pub struct StackArgs {
    /// Where the page is served; port 0 takes any free one
    #[arg(long, env = "SITE_ADDR", value_name = "HOST:PORT", default_value = defaults::SITE_ADDR,
          help_heading = "Addresses")]
    pub site_addr: String,
    /// Where the proxy listens
    #[arg(long, env = "PROXY_ADDR", value_name = "HOST:PORT", default_value = defaults::PROXY_ADDR,
          help_heading = "Addresses")]
    pub proxy_addr: String,
    /// Where the mock listens
    #[arg(long, env = "MOCK_IDP_ADDR", value_name = "HOST:PORT", default_value = defaults::MOCK_IDP_ADDR,
          help_heading = "Addresses")]
    pub mock_idp_addr: String,
    /// Where the page posts the code, if not straight to the proxy
    #[arg(long, env = "PROXY_URL", value_name = "URL", help_heading = "Addresses")]
    pub proxy_url: Option<String>,
    /// The pages that may call the proxy, if not only the site's: exact origins, comma separated
    #[arg(long, env = "PROXY_ALLOWED_ORIGINS", value_name = "ORIGINS", help_heading = "Addresses")]
    pub allowed_origins: Option<String>,
    /// Apps, users and subscriptions of the mock in place of the demo data
    #[arg(long, env = "MOCK_IDP_CONFIG", value_name = "FILE.toml", help_heading = "Mock")]
    pub config: Option<PathBuf>,
    /// The mock's issuer that the tutorial uses
    #[arg(
        long,
        env = "MOCK_IDP_ISSUER",
        value_name = "NAME",
        default_value = "default",
        help_heading = "Mock"
    )]
    pub issuer: String,
    /// Another authorization server than the mock: its issuer, without a trailing slash
    #[arg(
        long,
        env = "FORTELLIS_AUTH_SERVER_URL",
        value_name = "URL",
        help_heading = "Authorization server"
    )]
    pub auth_server_url: Option<String>,
    /// The app's API Key (`client_id`), if not the demo app's
    #[arg(
        long,
        env = "FORTELLIS_API_KEY",
        value_name = "KEY",
        hide_env_values = true,
        help_heading = "Authorization server"
    )]
    pub api_key: Option<String>,
    /// The app's API Secret (`client_secret`), if not the demo app's
    #[arg(
        long,
        env = "FORTELLIS_API_SECRET",
        value_name = "SECRET",
        hide_env_values = true,
        help_heading = "Authorization server"
    )]
    pub api_secret: Option<String>,
    /// The Callback URL, sent exactly as written, if not the site's own address
    #[arg(long, env = "FORTELLIS_REDIRECT_URI", value_name = "URL", help_heading = "Authorization server")]
    pub redirect_uri: Option<String>,
    /// What the page asks for, space separated
    #[arg(long, env = "FORTELLIS_SCOPE", value_name = "SCOPES", default_value = defaults::SCOPE,
          help_heading = "Authorization server")]
    pub scope: String,
    /// Another API gateway than the mock's
    #[arg(long, env = "FORTELLIS_API_URL", value_name = "URL", help_heading = "API")]
    pub api_url: Option<String>,
    /// Another Subscriptions API than the mock's
    #[arg(long, env = "FORTELLIS_SUBSCRIPTIONS_URL", value_name = "URL", help_heading = "API")]
    pub subscriptions_url: Option<String>,
    /// The Subscription-Id that API calls carry
    #[arg(long, env = "FORTELLIS_SUBSCRIPTION_ID", value_name = "ID", default_value = fixtures::SUBSCRIPTION_ID,
          help_heading = "API")]
    pub subscription_id: String,
}

impl StackArgs {
    /// The demo app at an issuer of its own, on free ports.
    pub fn on_free_ports(issuer: &str) -> Self {
        let free = "127.0.0.1:0".to_owned();
        Self {
            site_addr: free.clone(),
            proxy_addr: free.clone(),
            mock_idp_addr: free,
            proxy_url: None,
            allowed_origins: None,
            config: None,
            issuer: issuer.to_owned(),
            auth_server_url: None,
            api_key: None,
            api_secret: None,
            redirect_uri: None,
            scope: defaults::SCOPE.to_owned(),
            api_url: None,
            subscriptions_url: None,
            subscription_id: fixtures::SUBSCRIPTION_ID.to_owned(),
        }
    }

    /// Whether the mock is the authorization server: unless another is named, and also where it is named itself.
    fn needs_mock(&self) -> bool {
        let Some(url) = set(self.auth_server_url.as_ref()) else { return true };
        let port = |text: &str| text.rsplit_once(':').and_then(|(_, port)| port.parse::<u16>().ok());
        let named = Url::parse(url).ok().and_then(|url| url.port_or_known_default());
        is_loopback(url) && named == port(&self.mock_idp_addr)
    }
}

/// Mock, proxy and site, running. Dropping it, or awaiting [`Stack::stop`], ends them.
#[derive(Debug)]
#[must_use = "the programs stop as soon as this value is dropped"]
pub struct Stack {
    idp: Mutex<Option<MockIdp>>,
    proxy: Mutex<Option<Proxy>>,
    site: Site,
    issuer: Option<Arc<Issuer>>,
    proxy_addr: SocketAddr,
    proxy_config: proxy::Config,
    site_config: site::Config,
    /// A user of the mock to sign in with, and the password.
    user: Option<(String, String)>,
}

impl Stack {
    /// Starts all three. They are ready when this returns. Must be called within a tokio runtime.
    pub async fn start(args: StackArgs) -> Result<Self, StartError> {
        let site = Listen::parse("SITE_ADDR", &args.site_addr, false)?.bind().await?;
        let proxy = Listen::parse("PROXY_ADDR", &args.proxy_addr, false)?.bind().await?;
        let mock = if args.needs_mock() {
            Some(Listen::parse("MOCK_IDP_ADDR", &args.mock_idp_addr, false)?.bind().await?)
        } else {
            None
        };
        Self::start_on(&args, mock, proxy, site)
    }

    fn start_on(
        args: &StackArgs,
        mock: Option<TcpListener>,
        proxy: TcpListener,
        site: TcpListener,
    ) -> Result<Self, StartError> {
        let site_url = local_url("SITE_ADDR", &site)?;
        let proxy_url = local_url("PROXY_ADDR", &proxy)?;
        let proxy_addr = address("PROXY_ADDR", &proxy)?;
        let own_redirect_uri = format!("{site_url}/");
        let derived = set(args.redirect_uri.as_ref()).is_none();
        let redirect_uri = set(args.redirect_uri.as_ref()).map_or(own_redirect_uri, str::to_owned);
        let mock_url = mock.as_ref().map(|mock| local_url("MOCK_IDP_ADDR", mock)).transpose()?;
        let at_mock = |kind: &str, unset: &str| {
            mock_url.as_ref().map_or_else(|| unset.to_owned(), |url| format!("{url}/{kind}/{}", args.issuer))
        };
        let auth_server_url = set(args.auth_server_url.as_ref())
            .map_or_else(|| at_mock("oauth2", defaults::AUTH_SERVER_URL), str::to_owned);
        let api_url =
            set(args.api_url.as_ref()).map_or_else(|| at_mock("api", defaults::API_URL), str::to_owned);
        let subscriptions_url = set(args.subscriptions_url.as_ref())
            .map_or_else(|| at_mock("subscriptions", defaults::SUBSCRIPTIONS_URL), str::to_owned);
        let auth_server = AuthServerArgs {
            auth_server_url,
            api_key: args.api_key.clone(),
            redirect_uri: redirect_uri.clone(),
        };
        let proxy_config = proxy::Args {
            auth_server: auth_server.clone(),
            api_secret: args.api_secret.clone(),
            api_url: api_url.clone(),
            subscriptions_url,
            subscription_id: args.subscription_id.clone(),
            allowed_origins: args
                .allowed_origins
                .clone()
                .unwrap_or_else(|| origins(&[&site_url, &redirect_uri])),
            timeout_seconds: proxy::DEFAULT_TIMEOUT.as_secs(),
        }
        .resolve()?;
        let site_config = site::Args {
            auth_server,
            scope: args.scope.clone(),
            proxy_url: set(args.proxy_url.as_ref()).map_or(proxy_url, str::to_owned),
            api_url,
            subscription_id: args.subscription_id.clone(),
        }
        .resolve()?;

        let mut user = None;
        let idp = match mock {
            Some(listener) => {
                let mut config = mock_config(args)?;
                if derived {
                    register(&mut config, &proxy_config.credentials.api_key, &redirect_uri);
                }
                user = config
                    .directory
                    .users
                    .first()
                    .map(|user| (user.username.to_string(), user.password.expose().to_owned()));
                Some(
                    MockIdp::start_on(listener, config)
                        .map_err(|error| StartError::cannot_serve("MOCK_IDP_ADDR", error))?,
                )
            }
            None => None,
        };
        let issuer = match &idp {
            Some(idp) => used_issuer(idp, &proxy_config.auth_server.issuer)?,
            None => None,
        };
        let proxy = Proxy::start(proxy, proxy_config.clone())
            .map_err(|error| StartError::cannot_serve("PROXY_ADDR", error))?;
        let site = Site::start(site, site_config.clone())
            .map_err(|error| StartError::cannot_serve("SITE_ADDR", error))?;
        Ok(Self {
            idp: Mutex::new(idp),
            proxy: Mutex::new(Some(proxy)),
            site,
            issuer,
            proxy_addr,
            proxy_config,
            site_config,
            user,
        })
    }

    /// The page's address.
    pub fn site_url(&self) -> String {
        format!("{}/", self.site.url())
    }

    /// Where the page really listens.
    pub fn site_addr(&self) -> SocketAddr {
        self.site.addr()
    }

    /// Where the proxy really listens, also while it is stopped.
    pub const fn proxy_addr(&self) -> SocketAddr {
        self.proxy_addr
    }

    /// Where the page finds the proxy.
    pub fn proxy_url(&self) -> &str {
        &self.site_config.proxy_url
    }

    /// The mock's issuer that the tutorial uses.
    ///
    /// # Panics
    /// If the stack uses another authorization server than the mock.
    pub fn issuer(&self) -> &Arc<Issuer> {
        self.mock_issuer().expect("the stack runs with the mock")
    }

    /// The mock's issuer that the tutorial uses; none with another authorization server.
    pub fn mock_issuer(&self) -> Option<&Arc<Issuer>> {
        self.issuer.as_ref()
    }

    /// Stops the proxy alone. Its address stays free for [`Stack::start_proxy`].
    pub async fn stop_proxy(&self) {
        OptionFuture::from(take(&self.proxy).map(Proxy::stop)).await;
    }

    /// Starts the proxy again at the address that it had.
    pub async fn start_proxy(&self) -> Result<(), StartError> {
        let listener = Listen::parse("PROXY_ADDR", &self.proxy_addr.to_string(), false)?.bind().await?;
        let proxy = Proxy::start(listener, self.proxy_config.clone())
            .map_err(|error| StartError::cannot_serve("PROXY_ADDR", error))?;
        *self.proxy.lock().unwrap_or_else(PoisonError::into_inner) = Some(proxy);
        Ok(())
    }

    /// Stops the mock alone.
    pub async fn stop_mock(&self) {
        OptionFuture::from(take(&self.idp).map(MockIdp::stop)).await;
    }

    /// Stops all of it at the same time.
    pub async fn stop(self) {
        let proxy = OptionFuture::from(take(&self.proxy).map(Proxy::stop));
        let idp = OptionFuture::from(take(&self.idp).map(MockIdp::stop));
        tokio::join!(proxy, idp, self.site.stop());
    }

    /// Writes one JSON line per program to stdout, where that was asked for.
    pub fn announce(&self, format: AnnounceFormat) {
        let issuer = Some(self.proxy_config.auth_server.issuer.clone());
        let mock_url =
            self.idp.lock().unwrap_or_else(PoisonError::into_inner).as_ref().map(|idp| idp.url().to_owned());
        let programs = [
            mock_url.map(|url| ("mock-idp", url)),
            Some(("proxy", format!("http://localhost:{}", self.proxy_addr.port()))),
            Some(("site", self.site.url())),
        ];
        for (program, url) in programs.into_iter().flatten() {
            Announcement { program, url, issuer: issuer.clone() }.announce_json(format);
        }
    }
}

/// The screen that greets who started it: where to click, and with which user.
impl fmt::Display for Stack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut row = |name: &str, value: &str, note: &str| match note {
            "" => writeln!(f, "  {name:<9}{value}"),
            note => writeln!(f, "  {name:<9}{value:<39}{note}"),
        };
        row("Open", &self.site_url(), "the tutorial's page")?;
        match (&self.issuer, &self.user) {
            (Some(_), Some((username, password))) => {
                row("Sign in", username, &format!("password {password}"))?;
            }
            (Some(_), None) => row("Sign in", "nobody yet", "the configuration has no user")?,
            (None, _) => row("Sign in", "with your own account at the server below", "")?,
        }
        row("Then", "look at the tokens, call the API", "the console shows the tutorial's lines")?;
        writeln!(f)?;
        let mut row = |name: &str, value: &str| writeln!(f, "  {name:<9}{value}");
        row(if self.issuer.is_some() { "Mock" } else { "Server" }, &self.proxy_config.auth_server.issuer)?;
        row("Proxy", &self.site_config.proxy_url)?;
        row("API", &self.proxy_config.api_url)?;
        writeln!(f)?;
        writeln!(f, "  Ctrl-C stops everything.")
    }
}

/// The mock's configuration: the file that was named, or the demo data.
fn mock_config(args: &StackArgs) -> Result<Config, StartError> {
    args.config.as_deref().map_or_else(|| Ok(Config::demo()), mock_idp::cli::read_config)
}

/// Registers the page's own address as a callback of its app, which may be on any free port.
fn register(config: &mut Config, api_key: &str, redirect_uri: &str) {
    let api_key = ApiKey::new(api_key);
    let uri = RegisteredUri::new(redirect_uri);
    for app in config.directory.apps.iter_mut().filter(|app| app.api_key == api_key) {
        for registered in [&mut app.callbacks, &mut app.post_logout_callbacks] {
            if !registered.contains(&uri) {
                registered.push(uri.clone());
            }
        }
    }
}

/// The issuer that an issuer URL names, if it is this mock's.
fn used_issuer(idp: &MockIdp, issuer_url: &str) -> Result<Option<Arc<Issuer>>, StartError> {
    let name = issuer_url.strip_prefix(idp.url()).and_then(|path| path.strip_prefix("/oauth2/"));
    let Some(name) = name else { return Ok(None) };
    idp.try_issuer(name).map(Some).ok_or_else(|| {
        StartError::new(
            "MOCK_IDP_ISSUER",
            format!("\"{name}\" is no name of an issuer"),
            "expected 1 to 64 of A-Z a-z 0-9 _ -, for example default",
        )
    })
}

/// The origins of some URLs as browsers send them, comma separated.
fn origins(urls: &[&str]) -> String {
    let mut origins: Vec<String> = urls
        .iter()
        .filter_map(|url| Url::parse(url).ok())
        .map(|url| url.origin().ascii_serialization())
        .collect();
    origins.dedup();
    origins.join(",")
}

fn local_url(setting: &str, listener: &TcpListener) -> Result<String, StartError> {
    Ok(format!("http://localhost:{}", address(setting, listener)?.port()))
}

fn address(setting: &str, listener: &TcpListener) -> Result<SocketAddr, StartError> {
    listener.local_addr().map_err(|error| StartError::cannot_serve(setting, error))
}

/// The value of a setting. An empty one counts as unset.
fn set(value: Option<&String>) -> Option<&str> {
    value.map(String::as_str).filter(|value| !value.is_empty())
}

fn take<T>(slot: &Mutex<Option<T>>) -> Option<T> {
    slot.lock().unwrap_or_else(PoisonError::into_inner).take()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use clap::Command;

    use super::*;

    #[tokio::test]
    async fn a_name_that_no_issuer_can_have_is_refused() {
        for name in ["a b", "a/b", "é"] {
            let refused = Stack::start(StackArgs::on_free_ports(name)).await.map(|_| ()).unwrap_err();
            assert_eq!(
                refused.to_string(),
                format!(
                    "MOCK_IDP_ISSUER: \"{name}\" is no name of an issuer; expected 1 to 64 of A-Z a-z 0-9 _ -, \
                     for example default"
                )
            );
        }
    }

    /// The page for those who leave the mock names settings that there are, and every one that they need.
    #[test]
    fn the_way_to_fortellis_names_the_stacks_variables() {
        let command = StackArgs::augment_args(Command::new("stack"));
        let variables: BTreeSet<&str> =
            command.get_arguments().filter_map(|arg| arg.get_env()?.to_str()).collect();
        let page = include_str!("../docs/from-the-mock-to-fortellis.md");
        let settings: BTreeSet<&str> = page
            .lines()
            .filter_map(|line| line.trim().split_once('='))
            .map(|(name, _)| name)
            .filter(|name| name.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_'))
            .collect();
        assert!(settings.is_subset(&variables), "{settings:?} of {variables:?}");
        let fortellis = |name: &&str| name.starts_with("FORTELLIS_") && *name != "FORTELLIS_SCOPE";
        assert!(variables.into_iter().filter(fortellis).all(|name| settings.contains(name)), "{settings:?}");
    }
}
