//! The keys of one issuer, behind a lock: one of them signs, some are published, some are retired.
//!
//! A key is accepted while it signs or is published: userinfo, introspection, the gateway and ID token hints agree on
//! that. So a token of a key that signs before it is published is valid here, while a client that asks `/v1/keys` does
//! not find its key: the server knows its own keys, and clients have to cope with the mistake. A retired key is
//! accepted nowhere.

use std::sync::{Arc, OnceLock, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use bytes::Bytes;

use super::{
    HeldKey, KeyMaterial, KeyRingError, KeyStatus, Rotation, SavedRing, SigningKey, When,
    saved::Restored,
    state::{Held, State},
};
use crate::{
    clock::Clock,
    entropy::Entropy,
    protocol::{claims::Claims, jwk::JwkSet, jwt::Unverified, near_miss, text::KeyId, timestamp::Lifetime},
};

/// The keys of one issuer. Issuers share key material, but no key id: the wrong issuer has no key for a token.
///
/// ```
/// use mock_idp::{KeyStatus, MockIdp, Rotation};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let idp = MockIdp::start().await?;
/// let keys = idp.issuer("key-rotation");
/// let keys = keys.keys();
///
/// let first = keys.signing().kid().clone();
/// let second = keys.rotate(); // the new key signs, the old one stays published
/// assert_eq!(keys.signing().kid(), &second);
/// assert_eq!(keys.jwks().keys.len(), 2);
/// keys.retire(&first)?; // tokens of the old key are no longer accepted
///
/// let third = keys.turn(&Rotation::sign_before_publish())?; // does your client ask for the keys again?
/// assert!(keys.jwks().keys.iter().all(|key| key.kid != third));
/// keys.turn(&Rotation::to(third.clone()))?; // now the client would find it
///
/// let status: Vec<KeyStatus> = keys.held().iter().map(|key| key.status).collect();
/// assert_eq!(status, [KeyStatus::Retired, KeyStatus::Published, KeyStatus::Signing]);
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct KeyRing {
    /// The key that the ring began with.
    first: SigningKey,
    clock: Arc<Clock>,
    state: RwLock<State>,
}

impl KeyRing {
    /// A ring of one key. Its id depends on the issuer's name only; ids of later keys come from the random source.
    pub(crate) fn new(
        issuer_name: &str,
        material: Arc<KeyMaterial>,
        clock: Arc<Clock>,
        entropy: Entropy,
    ) -> Self {
        let first = SigningKey::first_of(issuer_name, material);
        let state = State::new(&first, entropy, clock.now());
        Self { first, clock, state: RwLock::new(state) }
    }

    /// The key that signs now.
    pub fn signing(&self) -> SigningKey {
        self.state().signing().key.clone()
    }

    /// The key of this name, whatever it is for.
    pub(crate) fn named(&self, kid: &KeyId) -> Option<SigningKey> {
        self.state().keys.iter().find(|held| held.key.kid() == kid).map(|held| held.key.clone())
    }

    /// The key whose name is most like a name that no key has.
    pub(crate) fn nearest(&self, kid: &KeyId) -> Option<KeyId> {
        let state = self.state();
        let kids = state.keys.iter().map(|held| held.key.kid().as_str());
        near_miss::nearest(kid.as_str(), kids).map(KeyId::new)
    }

    /// The public keys, as `/v1/keys` shows them.
    pub fn jwks(&self) -> JwkSet {
        self.state().jwks()
    }

    /// The same as JSON, and how long caches may keep it. The bytes are shared until the ring changes.
    pub(crate) fn published(&self) -> (Bytes, Lifetime) {
        let state = self.state();
        let json = state.published.get_or_init(|| {
            let json = serde_json::to_vec(&state.jwks()).expect("a key set is JSON");
            json.into_boxed_slice().into()
        });
        (json.clone(), state.cache)
    }

    /// The key set of a cache that missed the last rotation: what was published before the key that signs took over,
    /// without that key. `None` if no other key has signed, or if none of those keys is left.
    pub(crate) fn outdated_jwks(&self) -> Option<JwkSet> {
        let state = self.state();
        let missed = |held: &&Held| {
            held.status != KeyStatus::Signing && state.outdated.iter().any(|kid| kid == held.key.kid())
        };
        let keys: Vec<_> = state.keys.iter().filter(missed).map(|held| held.key.jwk()).collect();
        (!keys.is_empty()).then_some(JwkSet { keys })
    }

    /// All keys and what each of them is for, the oldest first.
    pub fn held(&self) -> Vec<HeldKey> {
        self.state().keys.iter().map(Held::shown).collect()
    }

    /// How long caches may keep the key set.
    pub fn cache(&self) -> Lifetime {
        self.state().cache
    }

    /// Sets how long caches may keep the key set.
    ///
    /// ```
    /// use mock_idp::{Lifetime, MockIdp};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let idp = MockIdp::start().await?;
    /// let issuer = idp.default_issuer();
    /// assert_eq!(issuer.keys().cache(), Lifetime::from_seconds(60));
    /// issuer.keys().set_cache(Lifetime::from_seconds(0)); // does your program ask again each time?
    ///
    /// let answer = reqwest::get(format!("{}/v1/keys", issuer.url())).await?;
    /// assert_eq!(answer.headers()["cache-control"], "max-age=0, must-revalidate");
    /// # Ok(())
    /// # }
    /// ```
    pub fn set_cache(&self, cache: Lifetime) {
        self.changing().cache = cache;
    }

    /// The claims of a token, if a key of this ring signed it with RS256 and is not retired. Times are not checked: they
    /// depend on the issuer's clock.
    ///
    /// ```
    /// use mock_idp::{MockIdp, Rotation, TokenOrder};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let idp = MockIdp::start().await?;
    /// let issuer = idp.default_issuer();
    /// let expired = issuer.mint(&TokenOrder::new().lifetime_seconds(-60))?.access_token.unwrap();
    /// let claims = issuer.keys().verified(&expired).unwrap();
    /// assert_eq!(claims.text("sub"), Some("subscriber@example.com"));
    ///
    /// issuer.keys().turn(&Rotation::without_overlap())?; // the key that signed it is retired
    /// assert_eq!(issuer.keys().verified(&expired), None);
    /// # Ok(())
    /// # }
    /// ```
    pub fn verified(&self, token: &str) -> Option<Claims> {
        let kid = Unverified::parse(token)?.kid()?.to_owned();
        let key = self.state().accepted(&kid)?.key.clone();
        // The lock is free while the signature is verified.
        key.verified(token)
    }

    /// Publishes a new key and signs with it. The old key stays published. Returns the new key's id.
    ///
    /// The first four new keys are ready to use. Making a further one takes a tenth of a second, or several.
    ///
    /// # Panics
    /// Never: such a rotation is always possible.
    pub fn rotate(&self) -> KeyId {
        self.turn(&Rotation::default()).expect("a new key can always take over")
    }

    /// Rotates the keys as described. Returns the id of the key that the rotation is about.
    pub fn turn(&self, rotation: &Rotation) -> Result<KeyId, KeyRingError> {
        if rotation.kid.is_none() && (rotation.sign, rotation.publish) == (When::Later, When::Later) {
            return Err(KeyRingError::Useless);
        }
        let now = self.clock.now();
        let (mut state, kid) = if let Some(kid) = &rotation.kid {
            (self.changing(), kid.clone())
        } else {
            let (mut state, material) = self.with_material();
            let kid = state.add(material, now);
            (state, kid)
        };
        state.turn(&kid, rotation, now)?;
        Ok(kid)
    }

    /// Key material that the ring does not use yet, and the lock, which keeps it so. Making a key takes long, so it is
    /// made without the lock, and made again if another rotation has taken it in the meantime.
    fn with_material(&self) -> (RwLockWriteGuard<'_, State>, Arc<KeyMaterial>) {
        loop {
            let used = self.state().fixtures_in_use();
            let material =
                KeyMaterial::next(|number| used.contains(&number), || self.changing().entropy.key_source());
            let state = self.changing();
            let taken = material.fixture_number().is_some_and(|it| state.fixtures_in_use().contains(&it));
            if !taken {
                return (state, material);
            }
        }
    }

    /// Removes a key from the key set; its tokens are no longer accepted. Retiring it again changes nothing.
    pub fn retire(&self, kid: &KeyId) -> Result<(), KeyRingError> {
        let now = self.clock.now();
        self.changing().retire(kid, now)
    }

    /// Makes the ring what it was at the beginning.
    pub(crate) fn reset(&self) {
        let now = self.clock.now();
        self.changing().reset(&self.first, now);
    }

    /// Replaces the random source.
    pub(crate) fn seed(&self, entropy: Entropy) {
        self.changing().entropy = entropy;
    }

    /// What a saved issuer holds of the ring.
    pub(crate) fn save(&self) -> SavedRing {
        self.state().save()
    }

    /// Replaces the ring with a saved one.
    pub(crate) fn restore(&self, restored: Restored) {
        self.changing().restore(restored);
    }

    fn state(&self) -> RwLockReadGuard<'_, State> {
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// The state, to be changed. What was published of it is written again when it is next asked for.
    fn changing(&self) -> RwLockWriteGuard<'_, State> {
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        state.published = OnceLock::new();
        state
    }
}

#[cfg(test)]
mod tests {
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

    use super::*;
    use crate::{
        keys::{OldKey, state::CAPACITY},
        protocol::{jwt::TokenType, timestamp::Timestamp},
    };

    fn ring(issuer: &str) -> KeyRing {
        KeyRing::new(issuer, KeyMaterial::demo(), Arc::default(), Entropy::from_seed(1, issuer))
    }

    fn token(ring: &KeyRing) -> String {
        ring.signing().sign(TokenType::Jwt, &Claims::new().with("sub", "someone"))
    }

    /// The status of each key, with `+` if it is published.
    fn statuses(ring: &KeyRing) -> Vec<String> {
        let word = |key: HeldKey| format!("{:?}{}", key.status, if key.published { "+" } else { "" });
        ring.held().into_iter().map(word).collect()
    }

    #[test]
    fn a_signed_token_verifies_here_and_at_no_other_issuer() {
        let token = token(&ring("a"));
        assert_eq!(ring("a").verified(&token), Some(Claims::new().with("sub", "someone")));
        assert_eq!(ring("b").verified(&token), None);
    }

    #[test]
    fn another_library_verifies_the_signature() {
        use rsa::{PublicKey, pkcs1v15, signature::Verifier};
        let ring = ring("a");
        ring.turn(&Rotation::without_overlap()).unwrap();
        let (jwk, token) = (&ring.jwks().keys[0], token(&ring));
        let number =
            |text: &str| rsa::BoxedUint::from_be_slice_vartime(&URL_SAFE_NO_PAD.decode(text).unwrap());
        let key = PublicKey::new(number(&jwk.n), number(&jwk.e)).unwrap();
        let (input, signature) = token.rsplit_once('.').unwrap();
        let signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
        pkcs1v15::VerifyingKey::<sha2::Sha256>::new(key)
            .verify(input.as_bytes(), &signature.as_slice().try_into().unwrap())
            .unwrap();
    }

    #[test]
    fn tampering_and_unsigned_tokens_are_noticed() {
        let token = token(&ring("a"));
        let parts: Vec<&str> = token.split('.').collect();
        let part = |json: &str| URL_SAFE_NO_PAD.encode(json);
        let kid = ring("a").jwks().keys[0].kid.clone();
        let forged = [
            format!("{}.{}.{}", parts[0], part(r#"{"sub":"admin"}"#), parts[2]),
            format!("{}.{}.", part(&format!(r#"{{"alg":"none","kid":"{kid}"}}"#)), parts[1]),
            format!("{}.{}.{}", part(&format!(r#"{{"alg":"NoNe","kid":"{kid}"}}"#)), parts[1], parts[2]),
            format!("{}.{}.{}", part(r#"{"alg":"RS256"}"#), parts[1], parts[2]),
        ];
        for token in forged {
            assert_eq!(ring("a").verified(&token), None, "{token}");
        }
    }

    #[test]
    fn only_public_members_are_shown() {
        insta::assert_json_snapshot!(ring("default").jwks(), {".keys[].n" => "[modulus]"});
    }

    #[test]
    fn each_kind_of_rotation_changes_the_keys_as_it_says() {
        let ring = ring("a");
        let second = ring.rotate();
        assert_eq!(statuses(&ring), ["Published+", "Signing+"]);
        let third = ring.turn(&Rotation::publish_before_sign()).unwrap();
        assert_eq!(statuses(&ring), ["Published+", "Signing+", "Waiting+"]);
        ring.turn(&Rotation::to(third.clone())).unwrap();
        assert_eq!(statuses(&ring), ["Published+", "Published+", "Signing+"]);
        let fourth = ring.turn(&Rotation::sign_before_publish()).unwrap();
        assert_eq!(statuses(&ring), ["Published+", "Published+", "Published+", "Signing"]);
        ring.turn(&Rotation { old: OldKey::Retire, ..Rotation::to(second) }).unwrap();
        assert_eq!(statuses(&ring), ["Published+", "Signing+", "Published+", "Retired"]);
        ring.turn(&Rotation { sign: When::Later, ..Rotation::to(fourth) }).unwrap();
        assert_eq!(statuses(&ring), ["Published+", "Signing+", "Published+", "Waiting+"]);
        ring.retire(&third).unwrap();
        assert_eq!(statuses(&ring), ["Published+", "Signing+", "Retired", "Waiting+"]);
        ring.reset();
        assert_eq!(statuses(&ring), ["Signing+"]);
    }

    #[test]
    fn an_unpublished_key_that_no_longer_signs_is_retired() {
        let ring = ring("a");
        ring.turn(&Rotation::sign_before_publish()).unwrap();
        let token = token(&ring);
        assert!(ring.verified(&token).is_some(), "the server knows its own keys");
        ring.rotate();
        assert_eq!(statuses(&ring), ["Published+", "Retired", "Signing+"]);
        assert_eq!(ring.verified(&token), None);
    }

    /// The numbers of the keys, from 1, in a cache that missed the last rotation.
    fn outdated(ring: &KeyRing) -> Vec<usize> {
        let held = ring.held();
        let number = |kid: &KeyId| 1 + held.iter().position(|key| key.kid == *kid).unwrap();
        let set = ring.outdated_jwks();
        set.into_iter().flat_map(|set| set.keys).map(|key| number(&key.kid)).collect()
    }

    #[test]
    fn the_keys_published_before_the_last_rotation_are_remembered() {
        let (ring, other) = (ring("a"), ring("a"));
        assert_eq!(outdated(&ring), [0; 0], "no rotation yet");
        let second = ring.turn(&Rotation::publish_before_sign()).unwrap();
        assert_eq!(outdated(&ring), [0; 0], "the same key signs");
        ring.turn(&Rotation::to(second.clone())).unwrap();
        assert_eq!(outdated(&ring), [1], "without the key that signs now, although it was published");
        let third = ring.turn(&Rotation::without_overlap()).unwrap();
        assert_eq!(outdated(&ring), [1, 2], "retired or not");
        ring.turn(&Rotation::to(third)).unwrap();
        assert_eq!(outdated(&ring), [1, 2], "the same key goes on signing, so this is not a rotation");
        ring.turn(&Rotation::to(second)).unwrap();
        assert_eq!(outdated(&ring), [1, 3], "back to the second");

        let saved = serde_json::to_value(ring.save()).unwrap();
        other.restore(serde_json::from_value::<SavedRing>(saved).unwrap().read().unwrap());
        assert_eq!(outdated(&other), [1, 3], "a saved ring remembers them");
        ring.reset();
        assert_eq!(outdated(&ring), [0; 0]);
    }

    #[test]
    fn a_refused_rotation_changes_nothing() {
        let ring = ring("a");
        let signing = ring.signing().kid().clone();
        let nobody = KeyId::new("nobody");
        for (rotation, error) in [
            (
                Rotation { sign: When::Later, publish: When::Later, ..Rotation::default() },
                KeyRingError::Useless,
            ),
            (Rotation::to(nobody.clone()), KeyRingError::Unknown(nobody.clone())),
            (
                Rotation { sign: When::Later, ..Rotation::to(signing.clone()) },
                KeyRingError::Signs(signing.clone()),
            ),
        ] {
            assert_eq!(ring.turn(&rotation), Err(error));
        }
        assert_eq!(ring.retire(&nobody), Err(KeyRingError::Unknown(nobody)));
        assert_eq!(ring.retire(&signing), Err(KeyRingError::Signs(signing)));
        assert_eq!(statuses(&ring), ["Signing+"]);
    }

    #[test]
    fn a_full_ring_forgets_the_oldest_and_retired_ones_first() {
        let ring = ring("a");
        let fixtures = ring.turn(&Rotation::publish_before_sign()).unwrap();
        ring.retire(&fixtures).unwrap();
        // Key material is shared here, since making a key takes long.
        let first = ring.signing().kid().clone();
        for _ in 0..CAPACITY {
            let mut state = ring.changing();
            let kid = state.add(KeyMaterial::demo(), Timestamp::from_unix_seconds(0).unwrap());
            state
                .turn(&kid, &Rotation::publish_before_sign(), Timestamp::from_unix_seconds(0).unwrap())
                .unwrap();
        }
        let kids: Vec<KeyId> = ring.held().into_iter().map(|key| key.kid).collect();
        assert_eq!((kids.len(), &kids[0]), (CAPACITY, &first), "the one that signs stays");
        assert!(!kids.contains(&fixtures));
    }

    #[test]
    fn rotations_at_once_make_keys_that_differ() {
        for _ in 0..20 {
            let ring = ring("a");
            let start = std::sync::Barrier::new(4);
            std::thread::scope(|scope| {
                for _ in 0..4 {
                    scope.spawn(|| {
                        start.wait();
                        ring.rotate();
                    });
                }
            });
            let moduli: std::collections::HashSet<String> =
                ring.jwks().keys.into_iter().map(|key| key.n).collect();
            assert_eq!(moduli.len(), 5);
        }
    }

    #[test]
    fn later_ids_come_from_the_random_source() {
        assert_eq!(ring("a").rotate(), ring("a").rotate());
        assert_ne!(ring("a").rotate(), ring("b").rotate());
    }
}
