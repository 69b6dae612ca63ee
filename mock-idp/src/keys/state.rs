//! What a key ring holds, and how a rotation changes it. The new key and the moment come in as arguments.

use std::sync::{Arc, OnceLock};

use bytes::Bytes;

use super::{HeldKey, KeyMaterial, KeyRingError, KeyStatus, OldKey, Rotation, SigningKey, When};
use crate::{
    entropy::Entropy,
    protocol::{
        jwk::JwkSet,
        text::KeyId,
        timestamp::{Lifetime, Timestamp},
    },
};

/// How many keys a ring holds. Beyond that it forgets the oldest key that does not sign, retired keys first.
pub(super) const CAPACITY: usize = 16;

/// How long caches may keep the key set by default. It is short, so that clients see a rotation soon.
pub(super) const DEFAULT_CACHE: Lifetime = Lifetime::from_seconds(60);

/// What a ring holds.
#[derive(Debug)]
pub(super) struct State {
    /// The keys, the oldest first. Exactly one of them signs.
    pub(super) keys: Vec<Held>,
    /// The keys that were published when the one that signs took over. Empty until a second key signs.
    pub(super) outdated: Vec<KeyId>,
    /// How long caches may keep the key set.
    pub(super) cache: Lifetime,
    /// The key set as JSON, once it was asked for.
    pub(super) published: OnceLock<Bytes>,
    /// A random source for the ring alone, so that a rotation changes no code and no token id.
    pub(super) entropy: Entropy,
}

/// A key, and what it is for.
#[derive(Debug, Clone)]
pub(super) struct Held {
    pub(super) key: SigningKey,
    pub(super) status: KeyStatus,
    pub(super) published: bool,
    pub(super) since: Timestamp,
}

impl State {
    /// A ring of one key.
    pub(super) fn new(first: &SigningKey, entropy: Entropy, now: Timestamp) -> Self {
        Self {
            keys: vec![Held::first(first, now)],
            outdated: Vec::new(),
            cache: DEFAULT_CACHE,
            published: OnceLock::new(),
            entropy,
        }
    }

    /// Makes the ring what it was at the beginning. The random source goes on: no later key gets the name of an
    /// earlier one.
    pub(super) fn reset(&mut self, first: &SigningKey, now: Timestamp) {
        self.keys = vec![Held::first(first, now)];
        self.outdated.clear();
        self.cache = DEFAULT_CACHE;
    }

    /// The public keys.
    pub(super) fn jwks(&self) -> JwkSet {
        JwkSet { keys: self.keys.iter().filter(|held| held.published).map(|held| held.key.jwk()).collect() }
    }

    /// The key that signs.
    pub(super) fn signing(&self) -> &Held {
        let signing = self.keys.iter().find(|held| held.status == KeyStatus::Signing);
        signing.expect("one key of a ring signs")
    }

    /// The numbers of the fixtures that keys of the ring are made of.
    pub(super) fn fixtures_in_use(&self) -> Vec<usize> {
        self.keys.iter().filter_map(|held| held.key.material().fixture_number()).collect()
    }

    /// The key of this name, unless it is retired.
    pub(super) fn accepted(&self, kid: &str) -> Option<&Held> {
        self.keys.iter().find(|held| held.key.kid().as_str() == kid && held.status != KeyStatus::Retired)
    }

    fn find(&mut self, kid: &KeyId) -> Result<&mut Held, KeyRingError> {
        let held = self.keys.iter_mut().find(|held| held.key.kid() == kid);
        held.ok_or_else(|| KeyRingError::Unknown(kid.clone()))
    }

    /// Adds a key that is neither published nor signs yet.
    pub(super) fn add(&mut self, material: Arc<KeyMaterial>, now: Timestamp) -> KeyId {
        let kid = self.entropy.key_id();
        let key = SigningKey::new(kid.clone(), material);
        self.keys.push(Held { key, status: KeyStatus::Retired, published: false, since: now });
        while self.keys.len() > CAPACITY {
            let older = &self.keys[..self.keys.len() - 1];
            let retired = older.iter().position(|held| held.status == KeyStatus::Retired);
            let idle = || older.iter().position(|held| held.status != KeyStatus::Signing);
            let Some(index) = retired.or_else(idle) else { break };
            self.keys.remove(index);
        }
        kid
    }

    /// Makes a key what the rotation asks for.
    pub(super) fn turn(
        &mut self,
        kid: &KeyId,
        rotation: &Rotation,
        now: Timestamp,
    ) -> Result<(), KeyRingError> {
        let published = rotation.publish == When::Now;
        let status = self.find(kid)?.status;
        if rotation.sign == When::Later {
            if status == KeyStatus::Signing {
                return Err(KeyRingError::Signs(kid.clone()));
            }
            let next = match (published, status) {
                (false, _) => return Err(KeyRingError::Useless),
                (true, KeyStatus::Published) => KeyStatus::Published,
                (true, _) => KeyStatus::Waiting,
            };
            self.find(kid)?.becomes(next, true, now);
            return Ok(());
        }
        if status != KeyStatus::Signing {
            let published = self.keys.iter().filter(|held| held.published);
            self.outdated = published.map(|held| held.key.kid().clone()).collect();
        }
        for held in &mut self.keys {
            if held.key.kid() == kid {
                held.becomes(KeyStatus::Signing, published, now);
            } else if held.status == KeyStatus::Signing {
                // No client knows a key that was never published, so it is of no use when it stops signing.
                let stays = held.published && rotation.old == OldKey::Keep;
                let next = if stays { KeyStatus::Published } else { KeyStatus::Retired };
                held.becomes(next, stays, now);
            }
        }
        Ok(())
    }

    /// Retires a key, unless it signs.
    pub(super) fn retire(&mut self, kid: &KeyId, now: Timestamp) -> Result<(), KeyRingError> {
        let held = self.find(kid)?;
        if held.status == KeyStatus::Signing {
            return Err(KeyRingError::Signs(kid.clone()));
        }
        held.becomes(KeyStatus::Retired, false, now);
        Ok(())
    }
}

impl Held {
    fn first(key: &SigningKey, now: Timestamp) -> Self {
        Self { key: key.clone(), status: KeyStatus::Signing, published: true, since: now }
    }

    fn becomes(&mut self, status: KeyStatus, published: bool, now: Timestamp) {
        if (self.status, self.published) != (status, published) {
            *self = Self { key: self.key.clone(), status, published, since: now };
        }
    }

    /// The key as `/_mock/keys` shows it.
    pub(super) fn shown(&self) -> HeldKey {
        HeldKey {
            kid: self.key.kid().clone(),
            alg: "RS256",
            status: self.status,
            published: self.published,
            since: self.since,
        }
    }
}
