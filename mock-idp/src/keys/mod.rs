//! Signing keys: what they are made of, and the ring in which an issuer turns one after the other.

mod material;
mod ring;

pub use material::SigningKey;
pub(crate) use material::{KeyError, KeyMaterial};
pub(crate) use ring::SavedRing;
pub use ring::{HeldKey, KeyRing, KeyRingError, KeyStatus, OldKey, Rotation, When};
