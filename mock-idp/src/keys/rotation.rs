//! What a rotation can ask for, what each key of a ring is for, and why a ring refuses to change.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::protocol::{text::KeyId, timestamp::Timestamp};

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
    /// It is published and has not signed yet, so clients can learn it before they need it.
    Waiting,
    /// It is published and has signed, so tokens that it signed are still verified.
    Published,
    /// It is not published, and its tokens are not accepted.
    Retired,
}

/// Whether a step of a rotation happens now, or by a later rotation that names the key.
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
    /// Now.
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
    /// It stays published if it was, so its tokens stay valid.
    #[default]
    Keep,
    /// It is retired, so its tokens are no longer accepted.
    Retire,
}

/// A rotation of the keys. By default, a new key is published and signs, and the old key stays published, so that its
/// tokens stay valid (OpenID Connect Core §10.1.1).
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
    /// A key of the ring to use instead of a new one: a key that waits, or an earlier key to go back to.
    pub kid: Option<KeyId>,
    /// When the key begins to sign.
    pub sign: When,
    /// When `/v1/keys` shows the key.
    pub publish: When,
    /// What becomes of the key that signed until now, if this key replaces it.
    pub old: OldKey,
}

impl Rotation {
    /// A new key is published and does not sign yet. Careful servers do it like this.
    pub fn publish_before_sign() -> Self {
        Self { sign: When::Later, ..Self::default() }
    }

    /// A new key signs and is not published yet, so a client finds no key for a valid token.
    pub fn sign_before_publish() -> Self {
        Self { publish: When::Later, ..Self::default() }
    }

    /// A new key replaces the old one, whose tokens are no longer accepted.
    pub fn without_overlap() -> Self {
        Self { old: OldKey::Retire, ..Self::default() }
    }

    /// A key of the ring signs and is published.
    pub fn to(kid: KeyId) -> Self {
        Self { kid: Some(kid), ..Self::default() }
    }
}

/// Why a key ring refuses a change.
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
    /// A key that neither signs nor is published has no use.
    #[error("a key that neither signs nor is published is of no use; let it sign or be published now")]
    Useless,
    /// The key signs, and cannot stop before another key signs.
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
    /// The key id, which tokens have in their header.
    pub kid: KeyId,
    /// Always `RS256`.
    pub alg: &'static str,
    /// What the key is for.
    pub status: KeyStatus,
    /// Whether `/v1/keys` shows the key.
    pub published: bool,
    /// When status or publication last changed, by the issuer's clock.
    pub since: Timestamp,
}
