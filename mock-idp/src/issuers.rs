//! The issuers of a mock, by name. An issuer is made at its first use.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Arc, Mutex, PoisonError},
};

use fortellis_service::is_loopback_host;
use http::{HeaderMap, uri::Authority};
use tokio::sync::watch;
use url::Host;

use crate::{
    config::Config,
    issuer::{Issuer, Parts},
    keys::KeyMaterial,
};

/// The issuer that exists from the start.
pub(crate) const DEFAULT: &str = "default";

/// The longest name an issuer may have.
const LONGEST_NAME: usize = 64;

/// All issuers of one mock. Cheap to clone: clones share them.
#[derive(Debug, Clone)]
pub(crate) struct Issuers(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    config: Config,
    base_url: String,
    back_channel: String,
    material: Arc<KeyMaterial>,
    known: Mutex<Known>,
    /// Whether the mock has been stopped.
    stopped: watch::Sender<bool>,
}

#[derive(Debug, Default)]
struct Known {
    issuers: HashMap<String, Used>,
    /// The number of uses so far. It shows which issuer was idle longest.
    uses: u64,
}

#[derive(Debug)]
struct Used {
    issuer: Arc<Issuer>,
    last: u64,
    /// Whether only pages of other sites have used it.
    by_foreign_pages: bool,
}

/// Who sends a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sender {
    /// A test, an app or a person on this machine.
    Local,
    /// A web page of another site. Any page that a browser shows can send requests to this machine. Such a page must not
    /// displace issuers that are in use, however many names it invents.
    Foreign,
}

impl Issuers {
    /// Only the issuer `default`. `listening` is the base URL of the listener.
    pub(crate) fn new(config: Config, listening: &str) -> Self {
        let base_url = config.issuer_url.clone().unwrap_or_else(|| listening.to_owned());
        let back_channel = config.back_channel_url.clone().unwrap_or_else(|| base_url.clone());
        let material = KeyMaterial::demo();
        let issuers = Self(Arc::new(Shared {
            config,
            base_url,
            back_channel,
            material,
            known: Mutex::default(),
            stopped: watch::Sender::default(),
        }));
        issuers.get_or_make(DEFAULT);
        issuers
    }

    /// The issuer of this name, which is made if it is new. `None` if the name is not allowed, or if it is new and issuers
    /// are strict.
    pub(crate) fn named(&self, name: &str) -> Option<Arc<Issuer>> {
        self.named_by(Sender::Local, name)
    }

    /// The same for a request that may come from another site.
    pub(crate) fn named_by(&self, sender: Sender, name: &str) -> Option<Arc<Issuer>> {
        let fine = (1..=LONGEST_NAME).contains(&name.len())
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'));
        if !fine || (self.0.config.strict_issuers && !self.known().issuers.contains_key(name)) {
            return None;
        }
        Some(self.obtain(sender, name))
    }

    /// The base URL of the issuers, without a trailing slash.
    pub(crate) fn base_url(&self) -> &str {
        &self.0.base_url
    }

    /// Whether a host, with or without a port, is a loopback name or address, or a host that the mock advertises.
    pub(crate) fn is_own_host(&self, host: &str) -> bool {
        let Ok(authority) = host.parse::<Authority>() else { return false };
        let name = authority.host().to_ascii_lowercase();
        let host = match name.trim_start_matches('[').trim_end_matches(']').parse() {
            Ok(IpAddr::V4(ip)) => Host::Ipv4(ip),
            Ok(IpAddr::V6(ip)) => Host::Ipv6(ip),
            Err(_) => Host::Domain(name.as_str()),
        };
        is_loopback_host(&host) || self.are_advertised_at(&name)
    }

    /// Who sends a request, according to its headers. Browsers send `Sec-Fetch-Site` and `Origin`, which show that a page
    /// is of another site. A foreign `Host` from a browser shows DNS rebinding. Programs send no such headers.
    pub(crate) fn sender(&self, headers: &HeaderMap) -> Sender {
        let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or_default());
        let is_own = |host: &str| self.is_own_host(host);
        let site = text("sec-fetch-site");
        let is_foreign = site == Some("cross-site")
            || text("origin")
                .is_some_and(|origin| !origin.split_once("://").is_some_and(|(_, host)| is_own(host)))
            || (site.is_some() && !text("host").is_some_and(is_own));
        if is_foreign { Sender::Foreign } else { Sender::Local }
    }

    /// Whether the mock is meant to be reached under this host name, without a port.
    fn are_advertised_at(&self, host: &str) -> bool {
        [&self.0.base_url, &self.0.back_channel]
            .into_iter()
            .filter_map(|base| url::Url::parse(base).ok())
            .any(|base| base.host_str().is_some_and(|own| own.eq_ignore_ascii_case(host)))
    }

    /// The issuer of this name, which is made if it is new. Any name is allowed.
    pub(crate) fn get_or_make(&self, name: &str) -> Arc<Issuer> {
        self.obtain(Sender::Local, name)
    }

    fn obtain(&self, sender: Sender, name: &str) -> Arc<Issuer> {
        let by_foreign_pages = sender == Sender::Foreign;
        let mut known = self.known();
        known.uses += 1;
        let last = known.uses;
        if let Some(used) = known.issuers.get_mut(name) {
            used.last = last;
            used.by_foreign_pages &= by_foreign_pages;
            return used.issuer.clone();
        }
        let issuer = Arc::new(self.make(name));
        if known.make_room(self.0.config.issuer_limit, sender) {
            let used = Used { issuer: issuer.clone(), last, by_foreign_pages };
            known.issuers.insert(name.to_owned(), used);
        }
        issuer
    }

    /// `iss` of the issuer of this name.
    pub(crate) fn url_of(&self, name: &str) -> String {
        format!("{}/oauth2/{name}", self.base_url())
    }

    /// The names of all issuers that are alive, in alphabetical order.
    pub(crate) fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = self.known().issuers.keys().cloned().collect();
        names.sort_unstable();
        names
    }

    /// Forgets an issuer, and returns whether there was one. The next use of the name makes a new one. `default` is made
    /// again immediately.
    pub(crate) fn forget(&self, name: &str) -> bool {
        let forgotten = self.known().issuers.remove(name);
        if let Some(used) = &forgotten {
            used.issuer.journal().end();
        }
        self.get_or_make(DEFAULT);
        forgotten.is_some()
    }

    /// Ends all answers that are held back, because the mock stops.
    pub(crate) fn stop(&self) {
        self.0.stopped.send_replace(true);
    }

    /// Returns when the mock is stopped.
    pub(crate) async fn stopped(&self) {
        // The sender lives as long as `self`, so this never fails.
        let _ = self.0.stopped.subscribe().wait_for(|stopped| *stopped).await;
    }

    fn make(&self, name: &str) -> Issuer {
        let Shared { config, back_channel, material, .. } = &*self.0;
        Issuer::new(Parts {
            name: name.to_owned(),
            url: self.url_of(name),
            back_channel: format!("{back_channel}/oauth2/{name}"),
            lifetimes: config.lifetimes,
            gateway: config.gateway,
            key: material.clone(),
            seed: config.seed,
            mask: config.mask,
            directory: config.directory.clone(),
        })
    }

    fn known(&self) -> std::sync::MutexGuard<'_, Known> {
        self.0.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Known {
    /// Forgets issuers until there is room for one more: first those of pages of other sites, then those that were idle
    /// longest. `default` stays, and so does every issuer that is held elsewhere. Returns whether the new one is to be
    /// remembered: a page of another site can displace only issuers of such pages.
    fn make_room(&mut self, limit: usize, sender: Sender) -> bool {
        while self.issuers.len() >= limit {
            let spare = self
                .issuers
                .iter()
                .filter(|(name, used)| *name != DEFAULT && Arc::strong_count(&used.issuer) == 1)
                .filter(|(_, used)| sender == Sender::Local || used.by_foreign_pages)
                .min_by_key(|(_, used)| (!used.by_foreign_pages, used.last));
            let Some(name) = spare.map(|(name, _)| name.clone()) else { return sender == Sender::Local };
            self.issuers.remove(&name);
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::timestamp::Timestamp;

    fn issuers(config: Config) -> Issuers {
        Issuers::new(config, "http://localhost:9100")
    }

    #[test]
    fn an_issuer_is_made_at_its_first_use_and_stays() {
        let issuers = issuers(Config::demo());
        let one = issuers.named("one").unwrap();
        assert_eq!(one.url(), "http://localhost:9100/oauth2/one");
        assert!(Arc::ptr_eq(&one, &issuers.named("one").unwrap()));
        assert!(!Arc::ptr_eq(&one, &issuers.named("two").unwrap()));
    }

    #[test]
    fn names_have_1_to_64_letters_digits_dashes_and_underscores() {
        let issuers = issuers(Config::demo());
        for name in ["a", "A_b-9", &"x".repeat(64)] {
            assert!(issuers.named(name).is_some(), "{name}");
        }
        for name in ["", "a.b", "a b", "é", "..", &"x".repeat(65)] {
            assert!(issuers.named(name).is_none(), "{name}");
        }
    }

    #[test]
    fn pages_of_other_sites_are_recognized_by_the_headers_of_browsers() {
        let config = Config { issuer_url: Some("https://mock.example.com".to_owned()), ..Config::demo() };
        let issuers = issuers(config);
        let (own, same) = (("host", "localhost:9100"), ("sec-fetch-site", "same-origin"));
        for (headers, sender) in [
            (&[own][..], Sender::Local),
            (&[("host", "mock-idp:9100")], Sender::Local),
            (&[own, ("sec-fetch-site", "none")], Sender::Local),
            (&[own, ("origin", "http://localhost:8080"), ("sec-fetch-site", "same-site")], Sender::Local),
            (&[("host", "mock.example.com"), ("origin", "https://mock.example.com"), same], Sender::Local),
            (&[own, ("sec-fetch-site", "cross-site")], Sender::Foreign),
            (&[own, ("origin", "http://evil.test")], Sender::Foreign),
            (&[own, ("origin", "null")], Sender::Foreign),
            (&[("host", "evil.test:9100"), same], Sender::Foreign),
        ] {
            let map =
                headers.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect();
            assert_eq!(issuers.sender(&map), sender, "{headers:?}");
        }
    }

    #[test]
    fn only_loopback_names_and_advertised_hosts_are_own_hosts() {
        let config = Config { issuer_url: Some("https://mock.example.com".into()), ..Config::demo() };
        let issuers = issuers(config);
        for host in [
            "localhost",
            "LOCALHOST:9100",
            "idp.localhost:1",
            "127.0.0.1:9100",
            "127.9.9.9",
            "[::1]:9100",
            "mock.example.com",
        ] {
            assert!(issuers.is_own_host(host), "{host}");
        }
        for host in [
            "",
            "evil.test",
            "localhost.evil.test",
            "notlocalhost",
            "192.168.0.2:9100",
            "[::2]",
            "example.com",
            "a b",
        ] {
            assert!(!issuers.is_own_host(host), "{host}");
        }
    }

    #[test]
    fn strict_issuers_are_not_made() {
        let issuers = issuers(Config { strict_issuers: true, ..Config::demo() });
        assert!(issuers.named("default").is_some());
        assert!(issuers.named("other").is_none());
    }

    /// Marks an issuer that nobody holds. If it is forgotten and made again, its clock runs.
    fn mark(issuers: &Issuers, sender: Sender, name: &str) {
        issuers.named_by(sender, name).unwrap().clock().freeze(Timestamp::from_unix_seconds(0).unwrap());
    }

    fn is_remembered(issuers: &Issuers, name: &str) -> bool {
        issuers.names().iter().any(|known| known == name)
            && issuers.named(name).unwrap().clock().read().frozen
    }

    #[test]
    fn the_longest_idle_issuer_is_forgotten_first() {
        let issuers = issuers(Config { issuer_limit: 3, ..Config::demo() });
        for name in ["one", "two", "one", "three"] {
            mark(&issuers, Sender::Local, name);
        }
        assert_eq!(issuers.names(), ["default", "one", "three"]);
        assert!(is_remembered(&issuers, "one"));
    }

    #[test]
    fn an_issuer_that_somebody_holds_is_not_forgotten() {
        let issuers = issuers(Config { issuer_limit: 2, ..Config::demo() });
        let held = issuers.named("held").unwrap();
        mark(&issuers, Sender::Local, "one");
        mark(&issuers, Sender::Local, "two");
        assert_eq!(issuers.names(), ["default", "held", "two"]);
        assert!(Arc::ptr_eq(&held, &issuers.named("held").unwrap()));
    }

    #[test]
    fn pages_of_other_sites_displace_only_each_others_issuers() {
        let issuers = issuers(Config { issuer_limit: 4, ..Config::demo() });
        mark(&issuers, Sender::Local, "in-use");
        mark(&issuers, Sender::Foreign, "found");
        mark(&issuers, Sender::Local, "found");
        for number in 0..10 {
            mark(&issuers, Sender::Foreign, &format!("made-up-{number}"));
        }
        assert_eq!(issuers.names(), ["default", "found", "in-use", "made-up-9"]);
        mark(&issuers, Sender::Local, "another");
        assert_eq!(issuers.names(), ["another", "default", "found", "in-use"]);
        mark(&issuers, Sender::Foreign, "late");
        assert!(!is_remembered(&issuers, "late"), "it is served, and not remembered");
        assert!(is_remembered(&issuers, "in-use"));
    }
}
