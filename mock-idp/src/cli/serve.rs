//! `mock-idp`: serve until Ctrl-C.

use std::{
    fs,
    io::Write,
    net::SocketAddr,
    path::{Path, PathBuf},
};

use clap::{Args, builder::BoolishValueParser, value_parser};
use fixtures::defaults;
use fortellis_service::{
    AnnounceArgs, Announcement, HEADER_TIMEOUT_SECONDS, IDLE_TIMEOUT_SECONDS, Limits, Listen, StartError,
    base_url, until_stopped,
};

use crate::{
    clock::Clock,
    config::{Config, ConfigError, ISSUER_LIMIT},
    protocol::timestamp::Timestamp,
    server::MockIdp,
    tls::Tls,
};

/// What to serve, and where.
#[derive(Debug, Args)]
pub(super) struct ServeArgs {
    /// The address to listen on; port 0 selects a free port
    #[arg(long, visible_alias = "mock-idp-addr", env = "MOCK_IDP_ADDR", value_name = "HOST:PORT",
          default_value = defaults::MOCK_IDP_ADDR)]
    addr: String,
    /// Allow an address that other machines can reach, although the keys are public knowledge; a .env file
    /// cannot set this
    #[arg(long, env = "MOCK_IDP_ALLOW_REMOTE", value_parser = BoolishValueParser::new())]
    allow_remote: bool,
    /// A file with apps, users and subscriptions to serve instead of the demo data
    #[arg(long, env = "MOCK_IDP_CONFIG", value_name = "FILE.toml")]
    config: Option<PathBuf>,
    /// Answer 404 for issuers other than `default`
    #[arg(long, env = "MOCK_IDP_STRICT_ISSUERS", value_parser = BoolishValueParser::new())]
    strict_issuers: bool,
    /// How many issuers to remember; the one that was idle longest is forgotten first
    #[arg(long, env = "MOCK_IDP_ISSUER_LIMIT", value_name = "N", default_value_t = ISSUER_LIMIT)]
    issuer_limit: usize,
    /// Advertise issuers below this base URL instead of the listener's
    #[arg(long, env = "MOCK_IDP_ISSUER_URL", value_name = "URL")]
    issuer_url: Option<String>,
    /// Advertise this base URL to servers (token, keys, userinfo), and the other one to browsers
    #[arg(long, env = "MOCK_IDP_BACK_CHANNEL_URL", value_name = "URL")]
    back_channel_url: Option<String>,
    /// Make codes, identifiers, keys and time the same in every run: clocks stand still at
    /// 2026-01-01T00:00:00Z until they are changed
    #[arg(long, env = "MOCK_IDP_SEED", value_name = "N")]
    seed: Option<u64>,
    /// Mask secrets in the journal permanently, so that nobody can reveal them
    #[arg(long, env = "MOCK_IDP_MASK", value_parser = BoolishValueParser::new())]
    mask: bool,
    /// How many seconds a client may take for the head of a request
    #[arg(long, env = "MOCK_IDP_HEADER_TIMEOUT_SECONDS", value_name = "N",
          default_value_t = HEADER_TIMEOUT_SECONDS, value_parser = value_parser!(u64).range(1..=86_400))]
    header_timeout_seconds: u64,
    /// How many seconds a connection may stay open between two requests
    #[arg(long, env = "MOCK_IDP_IDLE_TIMEOUT_SECONDS", value_name = "N",
          default_value_t = IDLE_TIMEOUT_SECONDS, value_parser = value_parser!(u64).range(1..=86_400))]
    idle_timeout_seconds: u64,
    #[command(flatten)]
    announce: AnnounceArgs,
    #[command(flatten)]
    tls: TlsArgs,
}

/// How to serve https.
#[derive(Debug, Args)]
#[command(next_help_heading = "https")]
struct TlsArgs {
    /// Serve https with a certificate from a local CA, which is made at the first use and kept
    #[arg(long, env = "MOCK_IDP_TLS", value_parser = BoolishValueParser::new(), conflicts_with = "tls_cert")]
    tls: bool,
    /// The directory of the local CA [default: $XDG_DATA_HOME/mock-idp]
    #[arg(long, env = "MOCK_IDP_TLS_DIR", value_name = "DIR")]
    tls_dir: Option<PathBuf>,
    /// Serve https with this certificate chain (PEM)
    #[arg(long, env = "MOCK_IDP_TLS_CERT", value_name = "FILE", requires = "tls_key")]
    tls_cert: Option<PathBuf>,
    /// The certificate's key (PEM)
    #[arg(long, env = "MOCK_IDP_TLS_KEY", value_name = "FILE", requires = "tls_cert")]
    tls_key: Option<PathBuf>,
    #[arg(long, env = "XDG_DATA_HOME", hide = true)]
    xdg_data_home: Option<PathBuf>,
    #[arg(long, env = "HOME", hide = true)]
    home: Option<PathBuf>,
}

impl TlsArgs {
    /// The certificate for this machine and the hosts of these URLs. `None` for plain http.
    fn resolve(self, urls: &[&str], now: Timestamp) -> Result<Option<Tls>, StartError> {
        if let (Some(certificate), Some(key)) = (&self.tls_cert, &self.tls_key) {
            return Tls::from_files(certificate, key).map(Some).map_err(|error| {
                StartError::new(
                    "MOCK_IDP_TLS_CERT",
                    error.to_string(),
                    "expected a certificate chain and its key in PEM",
                )
            });
        }
        if !self.tls {
            return Ok(None);
        }
        let dir = self.dir().ok_or_else(|| {
            StartError::new(
                "MOCK_IDP_TLS_DIR",
                "is not set, and neither is HOME",
                "name a directory that the local CA can be kept in",
            )
        })?;
        let hosts: Vec<String> =
            urls.iter().filter_map(|url| url::Url::parse(url).ok()?.host_str().map(str::to_owned)).collect();
        Tls::from_local_ca(&dir, &hosts, now).map(Some).map_err(|error| {
            StartError::new(
                "MOCK_IDP_TLS_DIR",
                error.to_string(),
                format!("expected a directory to keep a CA in; remove {} to make a new one", dir.display()),
            )
        })
    }

    fn dir(self) -> Option<PathBuf> {
        self.tls_dir
            .or_else(|| Some(self.xdg_data_home?.join("mock-idp")))
            .or_else(|| Some(self.home?.join(".local/share/mock-idp")))
    }
}

impl ServeArgs {
    /// Serves until Ctrl-C.
    pub(crate) async fn run(self) -> Result<(), StartError> {
        let listen = Listen::parse("MOCK_IDP_ADDR", &self.addr, self.allow_remote)?;
        let announce = self.announce.announce;
        let (config, tls) = self.resolve()?;
        let listener = listen.bind().await?;
        if let Some(warning) = listener.local_addr().ok().and_then(remote_warning) {
            let _ = writeln!(fortellis_service::stderr(), "{warning}");
        }
        let idp = match &tls {
            Some(tls) => MockIdp::start_https_on(listener, config, tls),
            None => MockIdp::start_on(listener, config),
        };
        let idp = idp.map_err(|error| {
            StartError::new("MOCK_IDP_ADDR", error.to_string(), "expected a free port of this machine")
        })?;
        if let Some(tls) = &tls {
            // Serving continues if the pipe is closed.
            let _ = write!(fortellis_service::stderr(), "{}", tls.trust_hints());
        }
        let issuer = Some(idp.default_issuer().url().to_owned());
        Announcement { program: "mock-idp", url: idp.local_url().to_owned(), issuer }.announce(announce);
        until_stopped().await;
        idp.stop().await;
        Ok(())
    }

    fn resolve(self) -> Result<(Config, Option<Tls>), StartError> {
        if self.issuer_limit == 0 {
            let remedy = "expected 1 or more, since `default` always exists";
            return Err(StartError::new("MOCK_IDP_ISSUER_LIMIT", "0 issuers are too few", remedy));
        }
        let base = self.config.as_deref().map_or_else(|| Ok(Config::demo()), read_config)?;
        let url = |setting, url: Option<String>| {
            url.filter(|url| !url.is_empty()).map(|url| base_url(setting, &url)).transpose()
        };
        let config = Config {
            strict_issuers: self.strict_issuers,
            issuer_limit: self.issuer_limit,
            issuer_url: url("MOCK_IDP_ISSUER_URL", self.issuer_url)?,
            back_channel_url: url("MOCK_IDP_BACK_CHANNEL_URL", self.back_channel_url)?,
            seed: self.seed,
            mask: self.mask,
            limits: Limits::from_seconds(self.header_timeout_seconds, self.idle_timeout_seconds),
            ..base
        };
        let urls = [&config.issuer_url, &config.back_channel_url].map(Option::as_deref);
        let urls: Vec<&str> = urls.into_iter().flatten().collect();
        let tls = self.tls.resolve(&urls, Clock::default().now())?;
        Ok((config, tls))
    }
}

/// What people must know before other machines can reach the mock.
fn remote_warning(addr: SocketAddr) -> Option<String> {
    if addr.ip().to_canonical().is_loopback() {
        return None;
    }
    let who = if addr.ip().is_unspecified() {
        "every machine that reaches any address of this one".to_owned()
    } else {
        format!("every machine that reaches {}", addr.ip())
    };
    Some(format!(
        "WARNING: the mock is open to other machines: {who}, port {}, can\n  \
         - use the control API: read the journal with its secrets, change apps and users, get any token;\n  \
         - sign tokens of this mock, because its keys are public.\n\
         Nothing but tests may trust this mock. Without --allow-remote it listens on this machine only.",
        addr.port()
    ))
}

/// Reads the configuration file that `--config` or `MOCK_IDP_CONFIG` names.
///
/// ```
/// use std::path::Path;
/// use mock_idp::cli::read_config;
///
/// let error = read_config(Path::new("nowhere.toml")).unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "MOCK_IDP_CONFIG: nowhere.toml: No such file or directory (os error 2); \
///      expected a readable TOML file"
/// );
/// ```
pub fn read_config(path: &Path) -> Result<Config, StartError> {
    let text = read_text("MOCK_IDP_CONFIG", path)?;
    let name = path.display().to_string();
    Config::from_toml(&name, &text).map_err(|error| cannot_start(&name, &error))
}

/// The error for a bad configuration file. It names all flaws of the file.
fn cannot_start(name: &str, error: &ConfigError) -> StartError {
    // A `StartError` ends with a remedy: that of the last flaw.
    let Some((last, others)) = error.flaws().split_last() else {
        return StartError::new("MOCK_IDP_CONFIG", error.to_string(), "expected a valid configuration");
    };
    let last_problem = format!("{}: {}", last.place(), last.problem());
    let found = if others.is_empty() {
        last_problem
    } else {
        let lines: Vec<String> = others.iter().map(ToString::to_string).chain([last_problem]).collect();
        format!("{name} has {} flaws:\n{}", lines.len(), lines.join("\n"))
    };
    StartError::new("MOCK_IDP_CONFIG", found, last.remedy())
}

/// The text of a configuration file that `setting` names.
pub(super) fn read_text(setting: &str, path: &Path) -> Result<String, StartError> {
    fs::read_to_string(path).map_err(|error| {
        let found = format!("{}: {error}", path.display());
        StartError::new(setting, found, "expected a readable TOML file")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_can_reach_the_mock_is_said_before_it_serves_other_machines() {
        let warning = |addr: &str| remote_warning(addr.parse().unwrap());
        for addr in ["127.0.0.1:9100", "127.9.9.9:9100", "[::1]:9100", "[::ffff:127.0.0.1]:9100"] {
            assert_eq!(warning(addr), None, "{addr}");
        }
        assert_eq!(
            warning("0.0.0.0:9100").unwrap(),
            "WARNING: the mock is open to other machines: every machine that reaches any address of this one, port \
             9100, can\n  - use the control API: read the journal with its secrets, change apps and users, get any \
             token;\n  - sign tokens of this mock, because its keys are public.\nNothing but tests may trust this mock. \
             Without --allow-remote it listens on this machine only."
        );
        for (addr, who) in
            [("[::]:1", "any address of this one, port 1"), ("192.0.2.1:2", "192.0.2.1, port 2")]
        {
            assert!(
                warning(addr).unwrap().contains(&format!("every machine that reaches {who}, ")),
                "{addr}"
            );
        }
    }
}
