//! A key ring as a saved issuer holds it, and the checks before it is restored.

use std::fmt;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    KeyError, KeyMaterial, KeyStatus, SigningKey,
    material::Saved,
    state::{DEFAULT_CACHE, Held, State},
};
use crate::protocol::{
    text::KeyId,
    timestamp::{Lifetime, Timestamp},
};

/// A ring as a saved issuer holds it. It contains private keys, unless they are public knowledge.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SavedRing {
    keys: Vec<SavedKey>,
    /// The keys that were published when the one that signs took over.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    outdated: Vec<KeyId>,
    #[serde(default = "default_cache")]
    cache_seconds: Lifetime,
}

const fn default_cache() -> Lifetime {
    DEFAULT_CACHE
}

#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SavedKey {
    kid: KeyId,
    status: KeyStatus,
    published: bool,
    since: Timestamp,
    material: Saved,
}

/// Why a saved ring cannot be restored.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unrestorable {
    #[error("key {index}: {error}")]
    Material { index: usize, error: KeyError },
    #[error("kid {0} appears twice; give each key its own")]
    Twice(KeyId),
    #[error("{0} keys have the status signing; expected one")]
    Signing(usize),
    #[error("key {0} has a status that contradicts published; only a key that signs may be either")]
    Contradiction(KeyId),
}

/// A ring that passed every check and can replace another.
pub(crate) struct Restored {
    keys: Vec<Held>,
    outdated: Vec<KeyId>,
    cache: Lifetime,
}

impl SavedRing {
    /// Checks the whole ring before anything changes.
    pub(crate) fn read(self) -> Result<Restored, Unrestorable> {
        let mut keys: Vec<Held> = Vec::with_capacity(self.keys.len());
        for (index, saved) in self.keys.into_iter().enumerate() {
            let SavedKey { kid, status, published, since, material } = saved;
            if keys.iter().any(|held| *held.key.kid() == kid) {
                return Err(Unrestorable::Twice(kid));
            }
            if status != KeyStatus::Signing && published == (status == KeyStatus::Retired) {
                return Err(Unrestorable::Contradiction(kid));
            }
            let material =
                KeyMaterial::restore(&material).map_err(|error| Unrestorable::Material { index, error })?;
            keys.push(Held { key: SigningKey::new(kid, material), status, published, since });
        }
        match keys.iter().filter(|held| held.status == KeyStatus::Signing).count() {
            1 => Ok(Restored { keys, outdated: self.outdated, cache: self.cache_seconds }),
            other => Err(Unrestorable::Signing(other)),
        }
    }
}

impl fmt::Debug for Restored {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.keys.iter().map(|held| held.key.kid())).finish()
    }
}

impl State {
    /// What a saved issuer holds of the ring.
    pub(super) fn save(&self) -> SavedRing {
        let keys = self.keys.iter().map(|Held { key, status, published, since }| SavedKey {
            kid: key.kid().clone(),
            status: *status,
            published: *published,
            since: *since,
            material: key.material().save(),
        });
        SavedRing { keys: keys.collect(), outdated: self.outdated.clone(), cache_seconds: self.cache }
    }

    /// Replaces the ring with a saved one.
    pub(super) fn restore(&mut self, restored: Restored) {
        self.keys = restored.keys;
        self.outdated = restored.outdated;
        self.cache = restored.cache;
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn saved_key(kid: &str, status: &str, published: bool) -> Value {
        let since = "2026-01-02T03:04:05Z";
        json!({ "kid": kid, "status": status, "published": published, "since": since, "material": { "fixture": 0 } })
    }

    fn read(keys: &[Value]) -> Result<Restored, String> {
        let ring: SavedRing = serde_json::from_value(json!({ "keys": keys })).unwrap();
        ring.read().map_err(|error| error.to_string())
    }

    #[test]
    fn a_ring_that_cannot_be_is_refused_with_its_reason() {
        let signing = saved_key("a", "signing", true);
        let mut unknown_material = saved_key("b", "waiting", true);
        unknown_material["material"] = json!({ "fixture": 9 });
        for (keys, reason) in [
            (vec![], "0 keys have the status signing; expected one"),
            (
                vec![signing.clone(), saved_key("b", "signing", false)],
                "2 keys have the status signing; expected one",
            ),
            (
                vec![signing.clone(), saved_key("a", "waiting", true)],
                "kid a appears twice; give each key its own",
            ),
            (
                vec![signing.clone(), saved_key("b", "retired", true)],
                "key b has a status that contradicts published; only a key that signs may be either",
            ),
            (
                vec![signing.clone(), saved_key("b", "waiting", false)],
                "key b has a status that contradicts published; only a key that signs may be either",
            ),
            (vec![signing.clone(), unknown_material], "key 1: expected the number of a fixture, 0 to 4"),
        ] {
            assert_eq!(read(&keys).unwrap_err(), reason);
        }
        let restored = read(&[signing, saved_key("b", "retired", false)]).unwrap();
        assert_eq!((restored.keys.len(), restored.cache), (2, DEFAULT_CACHE));
    }
}
