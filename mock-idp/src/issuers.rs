//! The issuers of a mock, by name: they come to life at their first use.

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
    /// Counts uses, to tell which issuer was idle longest.
    uses: u64,
}

#[derive(Debug)]
struct Used {
    issuer: Arc<Issuer>,
    last: u64,
    /// Whether nobody has used it but pages from elsewhere.
    by_strangers: bool,
}

/// Who uses an issuer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Caller {
    /// A test, an app, a person.
    Known,
    /// A page from elsewhere: whatever a browser happens to show can send requests to this machine. It must not push
    /// out what others work with, however many names it makes up.
    Stranger,
}

impl Issuers {
    /// No issuer yet but `default`. `listening` is the base URL of the listener.
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

    /// The issuer of this name, made if it is new. `None` for a name that cannot be, or one that is not known while
    /// issuers are strict.
    pub(crate) fn named(&self, name: &str) -> Option<Arc<Issuer>> {
        self.named_by(Caller::Known, name)
    }

    /// The same for a caller who may be anybody.
    pub(crate) fn named_by(&self, caller: Caller, name: &str) -> Option<Arc<Issuer>> {
        let fine = (1..=LONGEST_NAME).contains(&name.len())
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'));
        if !fine || (self.0.config.strict_issuers && !self.known().issuers.contains_key(name)) {
            return None;
        }
        Some(self.obtain(caller, name))
    }

    /// The base URL that issuers are advertised below, without a trailing slash.
    pub(crate) fn base_url(&self) -> &str {
        &self.0.base_url
    }

    /// Whether a host, with or without a port, names this machine by a name that only this machine can have, or one that
    /// the mock was told to advertise.
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

    /// Who sends a request, as far as its head tells: a page that neither comes from this machine nor is taken for it
    /// gives itself away by what browsers tell (`Sec-Fetch-Site`, `Origin`), or because its name leads here without
    /// being ours (DNS rebinding). Programs tell nothing.
    pub(crate) fn caller(&self, headers: &HeaderMap) -> Caller {
        let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or_default());
        let is_own = |host: &str| self.is_own_host(host);
        let site = text("sec-fetch-site");
        let is_stranger = site == Some("cross-site")
            || text("origin")
                .is_some_and(|origin| !origin.split_once("://").is_some_and(|(_, host)| is_own(host)))
            || (site.is_some() && !text("host").is_some_and(is_own));
        if is_stranger { Caller::Stranger } else { Caller::Known }
    }

    /// Whether the mock is meant to be reached under this host name, without a port.
    fn are_advertised_at(&self, host: &str) -> bool {
        [&self.0.base_url, &self.0.back_channel]
            .into_iter()
            .filter_map(|base| url::Url::parse(base).ok())
            .any(|base| base.host_str().is_some_and(|own| own.eq_ignore_ascii_case(host)))
    }

    /// The issuer of this name, whatever the name, made if it is new.
    pub(crate) fn get_or_make(&self, name: &str) -> Arc<Issuer> {
        self.obtain(Caller::Known, name)
    }

    fn obtain(&self, caller: Caller, name: &str) -> Arc<Issuer> {
        let by_stranger = caller == Caller::Stranger;
        let mut known = self.known();
        known.uses += 1;
        let last = known.uses;
        if let Some(used) = known.issuers.get_mut(name) {
            used.last = last;
            used.by_strangers &= by_stranger;
            return used.issuer.clone();
        }
        let issuer = Arc::new(self.make(name));
        if known.make_room(self.0.config.issuer_limit, caller) {
            let used = Used { issuer: issuer.clone(), last, by_strangers: by_stranger };
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

    /// Forgets an issuer, and says whether there was one. The next use of the name makes a new one; `default` is
    /// made at once.
    pub(crate) fn forget(&self, name: &str) -> bool {
        let forgotten = self.known().issuers.remove(name);
        if let Some(used) = &forgotten {
            used.issuer.journal().end();
        }
        self.get_or_make(DEFAULT);
        forgotten.is_some()
    }

    /// Tells all answers that are held back that nobody waits for them any more.
    pub(crate) fn stop(&self) {
        self.0.stopped.send_replace(true);
    }

    /// Returns when the mock is stopped.
    pub(crate) async fn stopped(&self) {
        // The sender lives as long as `self`, so this fails never.
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
    /// Forgets issuers until there is room for one more: first those of strangers, then those that were idle longest.
    /// `default` stays, and so does whatever somebody holds. Gives whether the new one is to be remembered: a stranger
    /// can push out strangers alone.
    fn make_room(&mut self, limit: usize, caller: Caller) -> bool {
        while self.issuers.len() >= limit {
            let spare = self
                .issuers
                .iter()
                .filter(|(name, used)| *name != DEFAULT && Arc::strong_count(&used.issuer) == 1)
                .filter(|(_, used)| caller == Caller::Known || used.by_strangers)
                .min_by_key(|(_, used)| (!used.by_strangers, used.last));
            let Some(name) = spare.map(|(name, _)| name.clone()) else { return caller == Caller::Known };
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
    fn an_issuer_comes_to_life_at_its_first_use_and_stays() {
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
    fn pages_from_elsewhere_are_known_by_what_browsers_tell() {
        let config = Config { issuer_url: Some("https://mock.example.com".to_owned()), ..Config::demo() };
        let issuers = issuers(config);
        let (own, same) = (("host", "localhost:9100"), ("sec-fetch-site", "same-origin"));
        for (headers, caller) in [
            (&[own][..], Caller::Known),
            (&[("host", "mock-idp:9100")], Caller::Known),
            (&[own, ("sec-fetch-site", "none")], Caller::Known),
            (&[own, ("origin", "http://localhost:8080"), ("sec-fetch-site", "same-site")], Caller::Known),
            (&[("host", "mock.example.com"), ("origin", "https://mock.example.com"), same], Caller::Known),
            (&[own, ("sec-fetch-site", "cross-site")], Caller::Stranger),
            (&[own, ("origin", "http://evil.test")], Caller::Stranger),
            (&[own, ("origin", "null")], Caller::Stranger),
            (&[("host", "evil.test:9100"), same], Caller::Stranger),
        ] {
            let map =
                headers.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect();
            assert_eq!(issuers.caller(&map), caller, "{headers:?}");
        }
    }

    #[test]
    fn only_names_that_are_surely_this_machines_are_its_own() {
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

    /// The marks of issuers that nobody holds: made anew, an issuer has another clock.
    fn mark(issuers: &Issuers, caller: Caller, name: &str) {
        issuers.named_by(caller, name).unwrap().clock().freeze(Timestamp::from_unix_seconds(0).unwrap());
    }

    fn is_remembered(issuers: &Issuers, name: &str) -> bool {
        issuers.names().iter().any(|known| known == name)
            && issuers.named(name).unwrap().clock().read().frozen
    }

    #[test]
    fn the_longest_idle_issuer_is_forgotten_first() {
        let issuers = issuers(Config { issuer_limit: 3, ..Config::demo() });
        for name in ["one", "two", "one", "three"] {
            mark(&issuers, Caller::Known, name);
        }
        assert_eq!(issuers.names(), ["default", "one", "three"]);
        assert!(is_remembered(&issuers, "one"));
    }

    #[test]
    fn an_issuer_that_somebody_holds_is_not_forgotten() {
        let issuers = issuers(Config { issuer_limit: 2, ..Config::demo() });
        let held = issuers.named("held").unwrap();
        mark(&issuers, Caller::Known, "one");
        mark(&issuers, Caller::Known, "two");
        assert_eq!(issuers.names(), ["default", "held", "two"]);
        assert!(Arc::ptr_eq(&held, &issuers.named("held").unwrap()));
    }

    #[test]
    fn strangers_push_out_nobody_but_each_other() {
        let issuers = issuers(Config { issuer_limit: 4, ..Config::demo() });
        mark(&issuers, Caller::Known, "in-use");
        mark(&issuers, Caller::Stranger, "found");
        mark(&issuers, Caller::Known, "found");
        for number in 0..10 {
            mark(&issuers, Caller::Stranger, &format!("made-up-{number}"));
        }
        assert_eq!(issuers.names(), ["default", "found", "in-use", "made-up-9"]);
        mark(&issuers, Caller::Known, "another");
        assert_eq!(issuers.names(), ["another", "default", "found", "in-use"]);
        mark(&issuers, Caller::Stranger, "late");
        assert!(!is_remembered(&issuers, "late"), "it is served, and not remembered");
        assert!(is_remembered(&issuers, "in-use"));
    }
}
