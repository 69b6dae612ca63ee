//! The keys of one issuer: which one signs, which are published, which are no longer worth anything.
//!
//! A key is accepted while it signs or is published: userinfo, introspection, the gateway and ID token hints agree
//! on that. A key that signs before it is published is thus good here, and unknown to whoever asks `/v1/keys`: the
//! server knows its own keys, and the mistake is for clients to meet. A retired key is good nowhere.

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{KeyError, KeyMaterial, SigningKey, material::Saved};
use crate::{
    clock::Clock,
    entropy::Entropy,
    protocol::{
        claims::Claims,
        jwk::JwkSet,
        jwt::Unverified,
        near_miss,
        text::KeyId,
        timestamp::{Lifetime, Timestamp},
    },
};

/// How many keys a ring holds; beyond that the oldest that does not sign is forgotten, retired ones first.
const CAPACITY: usize = 16;

/// How long caches may keep the key set unless told otherwise: short, so that a rotation is seen soon.
const CACHE: Lifetime = Lifetime::from_seconds(60);

/// What a key is for at the moment.
///
/// ```
/// use mock_idp::{KeyStatus, MockIdp, Rotation};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let idp = MockIdp::start().await?;
/// let issuer = idp.default_issuer();
/// let status = || issuer.keys().held().iter().map(|key| key.status).collect::<Vec<_>>();
///
/// let next = issuer.keys().turn(&Rotation::publish_before_sign())?;
/// assert_eq!(status(), [KeyStatus::Signing, KeyStatus::Waiting]);
/// issuer.keys().turn(&Rotation::to(next))?;
/// assert_eq!(status(), [KeyStatus::Published, KeyStatus::Signing]);
/// issuer.keys().turn(&Rotation::without_overlap())?;
/// assert_eq!(status(), [KeyStatus::Published, KeyStatus::Retired, KeyStatus::Signing]);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum KeyStatus {
    /// New tokens are signed with it. It may or may not be published.
    Signing,
    /// Published and has not signed yet: clients can learn of it before they need it.
    Waiting,
    /// Published, and has signed: tokens of the past are verified with it.
    Published,
    /// Not published, and accepted nowhere.
    Retired,
}

/// Now, or by a later rotation that names the key.
///
/// ```
/// use mock_idp::{JwkSet, MockIdp, Rotation, When};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let idp = MockIdp::start().await?;
/// let issuer = idp.default_issuer();
/// let rotation = Rotation { sign: When::Now, publish: When::Later, ..Rotation::default() };
/// let signing = issuer.keys().turn(&rotation)?;
///
/// let set: JwkSet = reqwest::get(format!("{}/v1/keys", issuer.url())).await?.json().await?;
/// assert_eq!(issuer.keys().signing().kid(), &signing);
/// assert!(set.keys.iter().all(|key| key.kid != signing));
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, ToSchema, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum When {
    /// At once.
    #[default]
    Now,
    /// Not yet.
    Later,
}

/// What becomes of the key that signed until now.
///
/// ```
/// use mock_idp::{MockIdp, OldKey, Rotation, TokenOrder};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let idp = MockIdp::start().await?;
/// for (old, status) in [(OldKey::Keep, 200), (OldKey::Retire, 401)] {
///     let issuer = idp.issuer(&format!("old-key-{status}"));
///     let token = issuer.mint(&TokenOrder::new())?.access_token.unwrap();
///     issuer.keys().turn(&Rotation { old, ..Rotation::default() })?;
///     let userinfo = reqwest::Client::new().get(format!("{}/v1/userinfo", issuer.url()));
///     assert_eq!(userinfo.bearer_auth(token).send().await?.status(), status);
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, ToSchema, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum OldKey {
    /// It stays as published as it was: its tokens stay good.
    #[default]
    Keep,
    /// It is retired: its tokens are worth nothing from now on.
    Retire,
}

/// A turn of the ring. As it is by default, a new key is published and signs, and the old one stays published until
/// its tokens are dead (OpenID Connect Core §10.1.1).
///
/// ```
/// use mock_idp::{KeyId, Rotation};
///
/// // As JSON, the body of `POST /_mock/keys/rotate`.
/// let read = |text: &str| serde_json::from_str::<Rotation>(text);
/// assert_eq!(read("{}")?, Rotation::default());
/// assert_eq!(read(r#"{ "sign": "later" }"#)?, Rotation::publish_before_sign());
/// assert_eq!(read(r#"{ "publish": "later" }"#)?, Rotation::sign_before_publish());
/// assert_eq!(read(r#"{ "old": "retire" }"#)?, Rotation::without_overlap());
/// let earlier = KeyId::new("0a6d2f5c-0000-4000-8000-3b1c9d7e5f20");
/// assert_eq!(read(r#"{ "kid": "0a6d2f5c-0000-4000-8000-3b1c9d7e5f20" }"#)?, Rotation::to(earlier));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Rotation {
    /// A key of the ring in place of a new one: one that waits, or an earlier one to go back to.
    pub kid: Option<KeyId>,
    /// When it begins to sign.
    pub sign: When,
    /// When `/v1/keys` shows it.
    pub publish: When,
    /// What becomes of the key that signed until now, if this one takes its place.
    pub old: OldKey,
}

impl Rotation {
    /// A new key is published and does not sign yet, as a careful server does it.
    pub fn publish_before_sign() -> Self {
        Self { sign: When::Later, ..Self::default() }
    }

    /// A new key signs and is not published yet: a client finds no key for a token that is genuine.
    pub fn sign_before_publish() -> Self {
        Self { publish: When::Later, ..Self::default() }
    }

    /// A new key replaces the old one, whose tokens are worth nothing from now on.
    pub fn without_overlap() -> Self {
        Self { old: OldKey::Retire, ..Self::default() }
    }

    /// A key of the ring signs and is published from now on.
    pub fn to(kid: KeyId) -> Self {
        Self { kid: Some(kid), ..Self::default() }
    }
}

/// Why a ring does not turn.
///
/// ```
/// use mock_idp::{KeyId, KeyRingError, MockIdp, Rotation, When};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let idp = MockIdp::start().await?;
/// let issuer = idp.default_issuer();
/// let keys = issuer.keys();
///
/// let (signing, nobody) = (keys.signing().kid().clone(), KeyId::new("nobody"));
/// assert_eq!(keys.retire(&signing), Err(KeyRingError::Signs(signing)));
/// assert_eq!(keys.retire(&nobody), Err(KeyRingError::Unknown(nobody)));
/// let nothing = Rotation { sign: When::Later, publish: When::Later, ..Rotation::default() };
/// assert_eq!(keys.turn(&nothing), Err(KeyRingError::Useless));
/// assert_eq!(keys.held().len(), 1); // nothing has changed
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyRingError {
    /// No key has this id.
    #[error("no key has the kid {0}")]
    Unknown(KeyId),
    /// A key that neither signs nor is published is none.
    #[error("a key that neither signs nor is published is of no use; let one of the two happen now")]
    Useless,
    /// The key that signs cannot stop before another one signs.
    #[error("the key {0} signs; rotate first, so that another one does")]
    Signs(KeyId),
}

/// A key of the ring, as `/_mock/keys` shows it.
///
/// ```
/// use mock_idp::{HeldKey, KeyStatus, MockIdp, Rotation, Timestamp};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let idp = MockIdp::start().await?;
/// let issuer = idp.default_issuer();
/// let since = Timestamp::new("2026-01-02T03:04:05Z".parse()?);
/// issuer.clock().freeze(since);
/// let kid = issuer.keys().turn(&Rotation::publish_before_sign())?;
/// let waiting = HeldKey { kid, alg: "RS256", status: KeyStatus::Waiting, published: true, since };
/// assert_eq!(issuer.keys().held()[1], waiting);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct HeldKey {
    /// The name that tokens give it.
    pub kid: KeyId,
    /// Always `RS256`.
    pub alg: &'static str,
    /// What it is for.
    pub status: KeyStatus,
    /// Whether `/v1/keys` shows it.
    pub published: bool,
    /// Since when that is so, by the issuer's clock.
    pub since: Timestamp,
}

/// The keys of one issuer. Issuers share key material, but no key id: a token that went to the wrong issuer finds
/// no key there.
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
/// keys.retire(&first)?; // the old one's tokens are worth nothing now
///
/// let third = keys.turn(&Rotation::sign_before_publish())?; // does your client ask for the keys again?
/// assert!(keys.jwks().keys.iter().all(|key| key.kid != third));
/// keys.turn(&Rotation::to(third.clone()))?; // now it would find it
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
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    /// The oldest first. One of them signs.
    keys: Vec<Held>,
    /// The keys that were published when the one that signs took over; none as long as no other one has signed.
    outdated: Vec<KeyId>,
    cache: Lifetime,
    /// Dice of its own, so that a rotation changes no code and no token id.
    entropy: Entropy,
}

#[derive(Debug, Clone)]
struct Held {
    key: SigningKey,
    status: KeyStatus,
    published: bool,
    since: Timestamp,
}

/// A ring as a saved issuer holds it. Private keys that are not public knowledge are in it.
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
    CACHE
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
    #[error("kid {0} stands twice; give each key its own")]
    Twice(KeyId),
    #[error("{0} keys have the status signing; expected one")]
    Signing(usize),
    #[error("key {0} has a status that contradicts published; only a key that signs may be either")]
    Contradiction(KeyId),
}

/// A ring that was checked and can take another's place.
pub(crate) struct Restored {
    keys: Vec<Held>,
    outdated: Vec<KeyId>,
    cache: Lifetime,
}

impl SavedRing {
    /// Checks all of it before anything changes.
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

impl KeyRing {
    /// A ring of one key, whose id hangs on the issuer's name alone. Ids of later keys come from the dice.
    pub(crate) fn new(
        issuer_name: &str,
        material: Arc<KeyMaterial>,
        clock: Arc<Clock>,
        entropy: Entropy,
    ) -> Self {
        let first = SigningKey::first_of(issuer_name, material);
        let keys = vec![Held::first(&first, clock.now())];
        let state = State { keys, outdated: Vec::new(), cache: CACHE, entropy };
        Self { first, clock, state: Mutex::new(state) }
    }

    /// The key that signs now.
    pub fn signing(&self) -> SigningKey {
        self.state().signing().key.clone()
    }

    /// The key of this name, whatever it is for.
    pub(crate) fn named(&self, kid: &KeyId) -> Option<SigningKey> {
        self.state().keys.iter().find(|held| held.key.kid() == kid).map(|held| held.key.clone())
    }

    /// The key that was probably meant by a name that no key has.
    pub(crate) fn nearest(&self, kid: &KeyId) -> Option<KeyId> {
        let state = self.state();
        let kids = state.keys.iter().map(|held| held.key.kid().as_str());
        near_miss::nearest(kid.as_str(), kids).map(KeyId::new)
    }

    /// The public keys, as `/v1/keys` shows them.
    pub fn jwks(&self) -> JwkSet {
        let state = self.state();
        JwkSet { keys: state.keys.iter().filter(|held| held.published).map(|held| held.key.jwk()).collect() }
    }

    /// The key set of a cache that has missed the last rotation: what was published before the key that signs took
    /// over, without that key. `None` where no other key has signed, or none of that time is left.
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

    /// Has caches keep the key set for so long.
    ///
    /// ```
    /// use mock_idp::{Lifetime, MockIdp};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let idp = MockIdp::start().await?;
    /// let issuer = idp.default_issuer();
    /// assert_eq!(issuer.keys().cache(), Lifetime::from_seconds(60));
    /// issuer.keys().set_cache(Lifetime::from_seconds(0)); // does your program ask anew each time?
    ///
    /// let answer = reqwest::get(format!("{}/v1/keys", issuer.url())).await?;
    /// assert_eq!(answer.headers()["cache-control"], "max-age=0, must-revalidate");
    /// # Ok(())
    /// # }
    /// ```
    pub fn set_cache(&self, cache: Lifetime) {
        self.state().cache = cache;
    }

    /// The claims of a token that a key of this ring signed with RS256 and that is not retired. Times are not looked
    /// at: they are a matter of the issuer's clock.
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
    /// issuer.keys().turn(&Rotation::without_overlap())?; // the key that has signed it is gone
    /// assert_eq!(issuer.keys().verified(&expired), None);
    /// # Ok(())
    /// # }
    /// ```
    pub fn verified(&self, token: &str) -> Option<Claims> {
        let kid = Unverified::parse(token)?.kid()?.to_owned();
        let key = self.state().accepted(&kid)?.key.clone();
        // Verifying takes no lock.
        key.verified(token)
    }

    /// A new key is published and signs; the old one stays published. Gives the new key's id.
    ///
    /// The first four keys need no making. Each further one takes a tenth of a second, or several.
    ///
    /// # Panics
    /// Never: such a rotation is always possible.
    pub fn rotate(&self) -> KeyId {
        self.turn(&Rotation::default()).expect("a new key can always take over")
    }

    /// Turns the ring as described. Gives the id of the key that it is about.
    pub fn turn(&self, rotation: &Rotation) -> Result<KeyId, KeyRingError> {
        if rotation.kid.is_none() && (rotation.sign, rotation.publish) == (When::Later, When::Later) {
            return Err(KeyRingError::Useless);
        }
        let now = self.clock.now();
        let (mut state, kid) = if let Some(kid) = &rotation.kid {
            (self.state(), kid.clone())
        } else {
            let (mut state, material) = self.with_material();
            let kid = state.add(material, now);
            (state, kid)
        };
        state.turn(&kid, rotation, now)?;
        Ok(kid)
    }

    /// Material that no key of the ring is made of, and the lock, which keeps it so. Making it takes long, so it is
    /// made beforehand, and again where another rotation was faster and has taken it.
    fn with_material(&self) -> (MutexGuard<'_, State>, Arc<KeyMaterial>) {
        loop {
            let used = self.state().fixtures_in_use();
            let material =
                KeyMaterial::next(|number| used.contains(&number), || self.state().entropy.key_dice());
            let state = self.state();
            let taken = material.fixture_number().is_some_and(|it| state.fixtures_in_use().contains(&it));
            if !taken {
                return (state, material);
            }
        }
    }

    /// Takes a key out of the key set; its tokens are accepted nowhere any more. Retiring it again changes nothing.
    pub fn retire(&self, kid: &KeyId) -> Result<(), KeyRingError> {
        let now = self.clock.now();
        let mut state = self.state();
        let held = state.find(kid)?;
        if held.status == KeyStatus::Signing {
            return Err(KeyRingError::Signs(kid.clone()));
        }
        held.becomes(KeyStatus::Retired, false, now);
        Ok(())
    }

    /// Makes it what it was at the beginning. Only the dice roll on: no later key takes the name of an earlier one.
    pub(crate) fn reset(&self) {
        let now = self.clock.now();
        let mut state = self.state();
        state.keys = vec![Held::first(&self.first, now)];
        state.outdated.clear();
        state.cache = CACHE;
    }

    /// From now on throws other dice.
    pub(crate) fn seed(&self, entropy: Entropy) {
        self.state().entropy = entropy;
    }

    /// What a saved issuer holds of it.
    pub(crate) fn save(&self) -> SavedRing {
        let state = self.state();
        let keys = state.keys.iter().map(|Held { key, status, published, since }| SavedKey {
            kid: key.kid().clone(),
            status: *status,
            published: *published,
            since: *since,
            material: key.material().save(),
        });
        SavedRing { keys: keys.collect(), outdated: state.outdated.clone(), cache_seconds: state.cache }
    }

    /// Puts a saved ring in its place.
    pub(crate) fn restore(&self, restored: Restored) {
        let mut state = self.state();
        state.keys = restored.keys;
        state.outdated = restored.outdated;
        state.cache = restored.cache;
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn signing(&self) -> &Held {
        let signing = self.keys.iter().find(|held| held.status == KeyStatus::Signing);
        signing.expect("one key of a ring signs")
    }

    fn fixtures_in_use(&self) -> Vec<usize> {
        self.keys.iter().filter_map(|held| held.key.material().fixture_number()).collect()
    }

    fn accepted(&self, kid: &str) -> Option<&Held> {
        self.keys.iter().find(|held| held.key.kid().as_str() == kid && held.status != KeyStatus::Retired)
    }

    fn find(&mut self, kid: &KeyId) -> Result<&mut Held, KeyRingError> {
        let held = self.keys.iter_mut().find(|held| held.key.kid() == kid);
        held.ok_or_else(|| KeyRingError::Unknown(kid.clone()))
    }

    /// A new key, which is not for anything yet.
    fn add(&mut self, material: Arc<KeyMaterial>, now: Timestamp) -> KeyId {
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

    fn turn(&mut self, kid: &KeyId, rotation: &Rotation, now: Timestamp) -> Result<(), KeyRingError> {
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
                // A key that was never published and no longer signs is known to nobody.
                let stays = held.published && rotation.old == OldKey::Keep;
                let next = if stays { KeyStatus::Published } else { KeyStatus::Retired };
                held.becomes(next, stays, now);
            }
        }
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

    fn shown(&self) -> HeldKey {
        HeldKey {
            kid: self.key.kid().clone(),
            alg: "RS256",
            status: self.status,
            published: self.published,
            since: self.since,
        }
    }
}

#[cfg(test)]
mod tests {
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

    use super::*;
    use crate::protocol::jwt::TokenType;

    fn ring(issuer: &str) -> KeyRing {
        KeyRing::new(issuer, KeyMaterial::demo(), Arc::default(), Entropy::from_seed(1, issuer))
    }

    fn token(ring: &KeyRing) -> String {
        ring.signing().sign(TokenType::Jwt, &Claims::new().with("sub", "someone"))
    }

    /// What each key is for, `+` where it is published.
    fn told(ring: &KeyRing) -> Vec<String> {
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
    fn each_choreography_moves_the_keys_as_it_says() {
        let ring = ring("a");
        let second = ring.rotate();
        assert_eq!(told(&ring), ["Published+", "Signing+"]);
        let third = ring.turn(&Rotation::publish_before_sign()).unwrap();
        assert_eq!(told(&ring), ["Published+", "Signing+", "Waiting+"]);
        ring.turn(&Rotation::to(third.clone())).unwrap();
        assert_eq!(told(&ring), ["Published+", "Published+", "Signing+"]);
        let fourth = ring.turn(&Rotation::sign_before_publish()).unwrap();
        assert_eq!(told(&ring), ["Published+", "Published+", "Published+", "Signing"]);
        ring.turn(&Rotation { old: OldKey::Retire, ..Rotation::to(second) }).unwrap();
        assert_eq!(told(&ring), ["Published+", "Signing+", "Published+", "Retired"]);
        ring.turn(&Rotation { sign: When::Later, ..Rotation::to(fourth) }).unwrap();
        assert_eq!(told(&ring), ["Published+", "Signing+", "Published+", "Waiting+"]);
        ring.retire(&third).unwrap();
        assert_eq!(told(&ring), ["Published+", "Signing+", "Retired", "Waiting+"]);
        ring.reset();
        assert_eq!(told(&ring), ["Signing+"]);
    }

    #[test]
    fn an_unpublished_key_that_no_longer_signs_is_known_to_nobody() {
        let ring = ring("a");
        ring.turn(&Rotation::sign_before_publish()).unwrap();
        let token = token(&ring);
        assert!(ring.verified(&token).is_some(), "the server knows its own keys");
        ring.rotate();
        assert_eq!(told(&ring), ["Published+", "Retired", "Signing+"]);
        assert_eq!(ring.verified(&token), None);
    }

    /// The numbers of the keys, from 1, that a cache holds which has missed the last rotation.
    fn outdated(ring: &KeyRing) -> Vec<usize> {
        let held = ring.held();
        let number = |kid: &KeyId| 1 + held.iter().position(|key| key.kid == *kid).unwrap();
        let set = ring.outdated_jwks();
        set.into_iter().flat_map(|set| set.keys).map(|key| number(&key.kid)).collect()
    }

    #[test]
    fn what_was_published_before_the_last_rotation_is_known_still() {
        let (ring, other) = (ring("a"), ring("a"));
        assert_eq!(outdated(&ring), [0; 0], "nothing has turned");
        let second = ring.turn(&Rotation::publish_before_sign()).unwrap();
        assert_eq!(outdated(&ring), [0; 0], "the same key signs");
        ring.turn(&Rotation::to(second.clone())).unwrap();
        assert_eq!(outdated(&ring), [1], "not the key that signs now, however early it was published");
        let third = ring.turn(&Rotation::without_overlap()).unwrap();
        assert_eq!(outdated(&ring), [1, 2], "retired or not");
        ring.turn(&Rotation::to(third)).unwrap();
        assert_eq!(outdated(&ring), [1, 2], "a key that goes on signing is no rotation");
        ring.turn(&Rotation::to(second)).unwrap();
        assert_eq!(outdated(&ring), [1, 3], "back to the second");

        let saved = serde_json::to_value(ring.save()).unwrap();
        other.restore(serde_json::from_value::<SavedRing>(saved).unwrap().read().unwrap());
        assert_eq!(outdated(&other), [1, 3], "a saved ring knows it");
        ring.reset();
        assert_eq!(outdated(&ring), [0; 0]);
    }

    #[test]
    fn what_cannot_be_changes_nothing() {
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
        assert_eq!(told(&ring), ["Signing+"]);
    }

    #[test]
    fn a_full_ring_forgets_the_oldest_and_retired_ones_first() {
        let ring = ring("a");
        let fixtures = ring.turn(&Rotation::publish_before_sign()).unwrap();
        ring.retire(&fixtures).unwrap();
        // Each retired key gives its material back only when it is forgotten, so few have to be made here.
        let first = ring.signing().kid().clone();
        for _ in 0..CAPACITY {
            let mut state = ring.state();
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
    fn later_ids_come_from_the_dice() {
        assert_eq!(ring("a").rotate(), ring("a").rotate());
        assert_ne!(ring("a").rotate(), ring("b").rotate());
    }
}
