//! The random source. No other file makes random values.

use std::fmt;

use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use rand::{
    Rng, SeedableRng, TryRng,
    rngs::{ChaCha20Rng, SysRng},
};

use crate::protocol::text::{BrowserId, Code, GrantId, KeyId, RefreshToken, SessionId, SignInId, TokenId};

/// A source of identifiers and secrets. It is seeded by the operating system, or by a number to repeat the same values.
pub(crate) struct Entropy(ChaCha20Rng);

impl Entropy {
    /// Seeded by the operating system.
    ///
    /// # Panics
    /// If the operating system has no randomness.
    pub(crate) fn from_os() -> Self {
        let mut seed = [0; 32];
        SysRng.try_fill_bytes(&mut seed).expect("the operating system has randomness");
        Self(ChaCha20Rng::from_seed(seed))
    }

    /// Always the same for the same seed and label. The label separates issuers that share a seed.
    pub(crate) fn from_seed(seed: u64, label: &str) -> Self {
        use sha2::{Digest, Sha256};
        let digest = Sha256::new().chain_update(seed.to_be_bytes()).chain_update(label).finalize();
        Self(ChaCha20Rng::from_seed(digest.into()))
    }

    fn bytes<const N: usize>(&mut self) -> [u8; N] {
        let mut bytes = [0; N];
        self.0.fill_bytes(&mut bytes);
        bytes
    }

    /// 32 bytes as 43 URL-safe characters.
    fn url_safe(&mut self) -> String {
        URL_SAFE_NO_PAD.encode(self.bytes::<32>())
    }

    fn uuid(&mut self) -> String {
        uuid::Builder::from_random_bytes(self.bytes()).into_uuid().to_string()
    }

    /// A random source for making a signing key. Making a key takes long, and this source remains usable in the meantime.
    pub(crate) fn key_source(&mut self) -> ChaCha20Rng {
        ChaCha20Rng::from_seed(self.bytes())
    }

    /// A new authorization code.
    pub(crate) fn code(&mut self) -> Code {
        Code::new(self.url_safe())
    }

    /// A new refresh token.
    pub(crate) fn refresh_token(&mut self) -> RefreshToken {
        RefreshToken::new(self.url_safe())
    }

    /// A new session cookie.
    pub(crate) fn session_id(&mut self) -> SessionId {
        SessionId::new(self.url_safe())
    }

    /// A new cookie for a browser that is shown a sign-in page.
    pub(crate) fn browser_id(&mut self) -> BrowserId {
        BrowserId::new(self.url_safe())
    }

    /// A new sign-in page.
    pub(crate) fn sign_in_id(&mut self) -> SignInId {
        SignInId::new(self.url_safe())
    }

    /// A new authorization.
    pub(crate) fn grant_id(&mut self) -> GrantId {
        GrantId::new(self.uuid())
    }

    /// The `jti` of an access token: `AT.` and 43 characters. If there is a refresh token, a dot and the suffix that all its
    /// access tokens share follow.
    pub(crate) fn access_token_id(&mut self, suffix: Option<&str>) -> TokenId {
        let own = self.url_safe();
        TokenId::new(match suffix {
            Some(suffix) => format!("AT.{own}.{suffix}"),
            None => format!("AT.{own}"),
        })
    }

    /// The suffix that all access tokens of one refresh token share: 44 characters of standard base64.
    pub(crate) fn access_token_suffix(&mut self) -> String {
        STANDARD.encode(self.bytes::<32>())
    }

    /// The `jti` of an ID token: `ID.` and 43 characters.
    pub(crate) fn id_token_id(&mut self) -> TokenId {
        TokenId::new(format!("ID.{}", self.url_safe()))
    }

    /// The `kid` of a key that a rotation adds: a UUID, as Fortellis' are.
    pub(crate) fn key_id(&mut self) -> KeyId {
        KeyId::new(self.uuid())
    }

    /// The `Request-Id` of an API call that has none: a UUID.
    pub(crate) fn request_id(&mut self) -> String {
        self.uuid()
    }

    /// A salt for masks of secrets, so that a mask cannot be used to guess the secret.
    pub(crate) fn mask_salt(&mut self) -> [u8; 16] {
        self.bytes()
    }

    /// The id in Okta's error envelope: `oae` and 22 characters.
    pub(crate) fn error_id(&mut self) -> String {
        format!("oae{}", URL_SAFE_NO_PAD.encode(self.bytes::<16>()))
    }
}

impl fmt::Debug for Entropy {
    /// Does not show the state, because it would reveal all future secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Entropy")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_and_label_give_the_same_codes() {
        let code = |seed, label| Entropy::from_seed(seed, label).code();
        assert_eq!(code(1, "default"), code(1, "default"));
        assert_ne!(code(1, "default"), code(2, "default"));
        assert_ne!(code(1, "default"), code(1, "other"));
        assert_ne!(Entropy::from_os().code(), Entropy::from_os().code());
    }

    #[test]
    fn identifiers_have_fortellis_shapes() {
        let mut entropy = Entropy::from_seed(7, "shapes");
        assert_eq!(entropy.code().expose().len(), 43);
        assert_eq!(entropy.access_token_id(None).as_str().len(), 46);
        let suffix = entropy.access_token_suffix();
        assert_eq!((suffix.len(), suffix.ends_with('=')), (44, true));
        assert_eq!(entropy.access_token_id(Some(&suffix)).as_str().len(), 91);
        assert_eq!(entropy.id_token_id().as_str().len(), 46);
        assert_eq!(entropy.error_id().len(), 25);
        assert_eq!(entropy.grant_id().as_str().len(), 36);
    }
}
