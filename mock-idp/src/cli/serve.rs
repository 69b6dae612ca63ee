//! `mock-idp`: serve until Ctrl-C.

use std::{
    fs,
    path::{Path, PathBuf},
};

use clap::Args;
use fixtures::defaults;
use program::{AnnounceArgs, Announcement, Listen, StartError, base_url, until_stopped};

use crate::{Config, ISSUER_LIMIT, MockIdp};

/// What to serve, and where.
#[derive(Debug, Args)]
pub struct ServeArgs {
    /// Where to listen; port 0 takes any free one
    #[arg(long, visible_alias = "mock-idp-addr", env = "MOCK_IDP_ADDR", value_name = "HOST:PORT",
          default_value = defaults::MOCK_IDP_ADDR)]
    addr: String,
    /// Listen on an address that other machines can reach, although the keys are public knowledge
    #[arg(long, env = "MOCK_IDP_ALLOW_REMOTE")]
    allow_remote: bool,
    /// Apps, users and subscriptions in place of the demo data
    #[arg(long, env = "MOCK_IDP_CONFIG", value_name = "FILE.toml")]
    config: Option<PathBuf>,
    /// Answer 404 for issuers other than `default`
    #[arg(long, env = "MOCK_IDP_STRICT_ISSUERS")]
    strict_issuers: bool,
    /// How many issuers to remember; the longest idle one is forgotten first
    #[arg(long, env = "MOCK_IDP_ISSUER_LIMIT", value_name = "N", default_value_t = ISSUER_LIMIT)]
    issuer_limit: usize,
    /// Advertise issuers below this base URL, not the one listened on
    #[arg(long, env = "MOCK_IDP_ISSUER_URL", value_name = "URL")]
    issuer_url: Option<String>,
    /// Advertise to servers (token, keys, userinfo) another base URL than to browsers
    #[arg(long, env = "MOCK_IDP_BACK_CHANNEL_URL", value_name = "URL")]
    back_channel_url: Option<String>,
    /// Make codes and identifiers the same in every run
    #[arg(long, env = "MOCK_IDP_SEED", value_name = "N")]
    seed: Option<u64>,
    #[command(flatten)]
    announce: AnnounceArgs,
}

impl ServeArgs {
    /// Serves until Ctrl-C.
    pub async fn run(self) -> Result<(), StartError> {
        let listen = Listen::parse("MOCK_IDP_ADDR", &self.addr, self.allow_remote)?;
        let announce = self.announce.announce;
        let config = self.config()?;
        let listener = listen.bind().await?;
        let idp = MockIdp::start_on(listener, config).map_err(|error| {
            StartError::new("MOCK_IDP_ADDR", error.to_string(), "expected a free port of this machine")
        })?;
        let issuer = Some(idp.default_issuer().url().to_owned());
        Announcement { program: "mock-idp", url: idp.url().to_owned(), issuer }.announce(announce);
        until_stopped().await;
        idp.stop().await;
        Ok(())
    }

    fn config(self) -> Result<Config, StartError> {
        let base = self.config.as_deref().map_or_else(|| Ok(Config::demo()), read_config)?;
        let url = |setting, url: Option<String>| {
            url.filter(|url| !url.is_empty()).map(|url| base_url(setting, &url)).transpose()
        };
        Ok(Config {
            strict_issuers: self.strict_issuers,
            issuer_limit: self.issuer_limit,
            issuer_url: url("MOCK_IDP_ISSUER_URL", self.issuer_url)?,
            back_channel_url: url("MOCK_IDP_BACK_CHANNEL_URL", self.back_channel_url)?,
            seed: self.seed,
            ..base
        })
    }
}

/// Reads the configuration file that `--config` or `MOCK_IDP_CONFIG` names.
pub fn read_config(path: &Path) -> Result<Config, StartError> {
    let name = path.display().to_string();
    let text = fs::read_to_string(path).map_err(|error| {
        StartError::new("MOCK_IDP_CONFIG", format!("{name}: {error}"), "expected a readable TOML file")
    })?;
    Config::from_toml(&name, &text)
        .map_err(|error| StartError::new("MOCK_IDP_CONFIG", error.problem(), error.remedy()))
}
