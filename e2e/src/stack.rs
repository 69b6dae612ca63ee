//! The whole tutorial in one process: mock, proxy and site, connected to each other.
//!
//! Three listeners, then three configurations, then three servers: a bound listener queues connections, so no start
//! waits for
//! another, and each program knows the real addresses of the others.

use std::{
    fmt,
    net::SocketAddr,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
};

use clap::Args;
use fortellis_service::{
    AnnounceFormat, Announcement, LimitArgs, Limits, Listen, SettingsArgs, SharedArgs, StartError,
    is_loopback, port_of,
};
use futures_util::future::OptionFuture;
use mock_idp::{ApiKey, Config, Issuer, MockIdp, RegisteredUri};
use proxy::Proxy;
use site::Site;
use tokio::net::TcpListener;
use url::Url;

/// The settings of the stack.
#[derive(Debug, Clone, Default, Args)]
pub struct StackArgs {
    /// Those that it shares with the programs. What is unset follows from the addresses that are bound.
    #[command(flatten)]
    pub settings: SettingsArgs,
    /// Apps, users and subscriptions of the mock in place of the demo data
    #[arg(long, env = "MOCK_IDP_CONFIG", value_name = "FILE.toml", help_heading = "Mock")]
    pub config: Option<PathBuf>,
    /// How long connections to all three programs may do nothing.
    #[command(flatten)]
    pub limits: LimitArgs,
}

impl StackArgs {
    /// The demo app at an issuer of its own, on free ports.
    pub fn on_free_ports(issuer: &str) -> Self {
        let free = || "127.0.0.1:0".to_owned();
        let shared = SharedArgs {
            site_addr: free(),
            proxy_addr: free(),
            mock_idp_addr: free(),
            issuer: issuer.to_owned(),
            ..SharedArgs::default()
        };
        Self { settings: SettingsArgs { shared, ..SettingsArgs::default() }, ..Self::default() }
    }

    /// Whether the mock is the authorization server: if no other is named, or if the mock itself is.
    fn needs_mock(&self) -> bool {
        let shared = &self.settings.shared;
        let Some(url) = &shared.auth_server_url else { return true };
        let named = Url::parse(url).ok().and_then(|url| url.port_or_known_default());
        is_loopback(url) && named == port_of(&shared.mock_idp_addr)
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
    limits: Limits,
    site_config: site::Config,
    /// A user of the mock to sign in with, and the password.
    user: Option<(String, String)>,
}

impl Stack {
    /// Starts all three. They are ready when this returns. Must be called within a tokio runtime.
    pub async fn start(args: StackArgs) -> Result<Self, StartError> {
        let addresses = &args.settings.shared;
        let site = Listen::parse("SITE_ADDR", &addresses.site_addr, false)?.bind().await?;
        let proxy = Listen::parse("PROXY_ADDR", &addresses.proxy_addr, false)?.bind().await?;
        let mock = if args.needs_mock() {
            Some(Listen::parse("MOCK_IDP_ADDR", &addresses.mock_idp_addr, false)?.bind().await?)
        } else {
            None
        };
        Self::start_on(args, mock, proxy, site)
    }

    fn start_on(
        mut args: StackArgs,
        mock: Option<TcpListener>,
        proxy: TcpListener,
        site: TcpListener,
    ) -> Result<Self, StartError> {
        let proxy_addr = address("PROXY_ADDR", &proxy)?;
        let shared = &mut args.settings.shared;
        shared.site_addr = address("SITE_ADDR", &site)?.to_string();
        shared.proxy_addr = proxy_addr.to_string();
        if let Some(mock) = &mock {
            shared.mock_idp_addr = address("MOCK_IDP_ADDR", mock)?.to_string();
        }
        let limits = Limits::from(args.limits);
        let settings = args.settings.derive();
        let proxy_config = proxy::Config::from_settings(&settings, proxy::DEFAULT_TIMEOUT)?;
        let site_config = site::Config::from_settings(&settings)?;

        let mut user = None;
        let idp = match mock {
            Some(listener) => {
                let mut config = Config { limits, ..mock_config(&args)? };
                if args.settings.shared.redirect_uri.is_none() {
                    register(&mut config, &proxy_config.credentials.api_key, &settings.redirect_uri);
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
        let proxy = Proxy::start_within(limits, proxy, proxy_config.clone())
            .map_err(|error| StartError::cannot_serve("PROXY_ADDR", error))?;
        let site = Site::start_within(limits, site, site_config.clone())
            .map_err(|error| StartError::cannot_serve("SITE_ADDR", error))?;
        Ok(Self {
            idp: Mutex::new(idp),
            proxy: Mutex::new(Some(proxy)),
            site,
            issuer,
            proxy_addr,
            proxy_config,
            limits,
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

    /// Stops only the proxy. Its address stays free for [`Stack::start_proxy`].
    pub async fn stop_proxy(&self) {
        OptionFuture::from(take(&self.proxy).map(Proxy::stop)).await;
    }

    /// Starts the proxy again at the address that it had.
    pub async fn start_proxy(&self) -> Result<(), StartError> {
        let listener = Listen::parse("PROXY_ADDR", &self.proxy_addr.to_string(), false)?.bind().await?;
        let proxy = Proxy::start_within(self.limits, listener, self.proxy_config.clone())
            .map_err(|error| StartError::cannot_serve("PROXY_ADDR", error))?;
        *self.proxy.lock().unwrap_or_else(PoisonError::into_inner) = Some(proxy);
        Ok(())
    }

    /// Stops only the mock.
    pub async fn stop_mock(&self) {
        OptionFuture::from(take(&self.idp).map(MockIdp::stop)).await;
    }

    /// Stops all of it at the same time.
    pub async fn stop(self) {
        let proxy = OptionFuture::from(take(&self.proxy).map(Proxy::stop));
        let idp = OptionFuture::from(take(&self.idp).map(MockIdp::stop));
        tokio::join!(proxy, idp, self.site.stop());
    }

    /// Writes one JSON line per program to stdout, if that was asked for.
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

/// The start screen: which page to open, and which user signs in.
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
            format!("\"{name}\" is not the name of an issuer"),
            "expected 1 to 64 of A-Z a-z 0-9 _ -, for example default",
        )
    })
}

fn address(setting: &str, listener: &TcpListener) -> Result<SocketAddr, StartError> {
    listener.local_addr().map_err(|error| StartError::cannot_serve(setting, error))
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
                    "MOCK_IDP_ISSUER: \"{name}\" is not the name of an issuer; expected 1 to 64 of A-Z a-z 0-9 _ -, \
                     for example default"
                )
            );
        }
    }

    /// The page about the way to Fortellis names only existing settings, and all that are needed.
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
        let unneeded = ["FORTELLIS_SCOPE", "FORTELLIS_ALLOW_INSECURE"];
        let fortellis = |name: &&str| name.starts_with("FORTELLIS_") && !unneeded.contains(name);
        assert!(variables.into_iter().filter(fortellis).all(|name| settings.contains(name)), "{settings:?}");
    }
}
