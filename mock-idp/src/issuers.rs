//! The issuers of a mock, by name: they come to life at their first use.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

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
}

impl Issuers {
    /// No issuer yet but `default`. `listening` is the base URL of the listener.
    pub(crate) fn new(config: Config, listening: &str) -> Self {
        let base_url = config.issuer_url.clone().unwrap_or_else(|| listening.to_owned());
        let back_channel = config.back_channel_url.clone().unwrap_or_else(|| base_url.clone());
        let material = KeyMaterial::demo();
        let issuers =
            Self(Arc::new(Shared { config, base_url, back_channel, material, known: Mutex::default() }));
        issuers.get_or_make(DEFAULT);
        issuers
    }

    /// The issuer of this name, made if it is new. `None` for a name that cannot be, or one that is not known while
    /// issuers are strict.
    pub(crate) fn named(&self, name: &str) -> Option<Arc<Issuer>> {
        let fine = (1..=LONGEST_NAME).contains(&name.len())
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'));
        if !fine || (self.0.config.strict_issuers && !self.known().issuers.contains_key(name)) {
            return None;
        }
        Some(self.get_or_make(name))
    }

    /// The base URL that issuers are advertised below, without a trailing slash.
    pub(crate) fn base_url(&self) -> &str {
        &self.0.base_url
    }

    /// Whether the mock is meant to be reached under this host name, without a port.
    pub(crate) fn are_advertised_at(&self, host: &str) -> bool {
        [&self.0.base_url, &self.0.back_channel]
            .into_iter()
            .filter_map(|base| url::Url::parse(base).ok())
            .any(|base| base.host_str().is_some_and(|own| own.eq_ignore_ascii_case(host)))
    }

    /// The issuer of this name, whatever the name, made if it is new.
    pub(crate) fn get_or_make(&self, name: &str) -> Arc<Issuer> {
        let mut known = self.known();
        known.uses += 1;
        let last = known.uses;
        if let Some(used) = known.issuers.get_mut(name) {
            used.last = last;
            return used.issuer.clone();
        }
        let issuer = Arc::new(self.make(name));
        known.issuers.insert(name.to_owned(), Used { issuer: issuer.clone(), last });
        known.forget_beyond(self.0.config.issuer_limit);
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
        let was_known = self.known().issuers.remove(name).is_some();
        self.get_or_make(DEFAULT);
        was_known
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
    /// Forgets the issuers that were idle longest; `default` stays.
    fn forget_beyond(&mut self, limit: usize) {
        while self.issuers.len() > limit.max(1) {
            let idle =
                self.issuers.iter().filter(|(name, _)| *name != DEFAULT).min_by_key(|(_, used)| used.last);
            let Some(name) = idle.map(|(name, _)| name.clone()) else { return };
            self.issuers.remove(&name);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
    fn strict_issuers_are_not_made() {
        let issuers = issuers(Config { strict_issuers: true, ..Config::demo() });
        assert!(issuers.named("default").is_some());
        assert!(issuers.named("other").is_none());
    }

    #[test]
    fn the_longest_idle_issuer_is_forgotten_first() {
        let issuers = issuers(Config { issuer_limit: 3, ..Config::demo() });
        let (one, two) = (issuers.named("one").unwrap(), issuers.named("two").unwrap());
        issuers.named("one");
        issuers.named("three");
        assert!(Arc::ptr_eq(&one, &issuers.named("one").unwrap()));
        assert!(!Arc::ptr_eq(&two, &issuers.named("two").unwrap()), "forgotten, so made anew");
    }
}
