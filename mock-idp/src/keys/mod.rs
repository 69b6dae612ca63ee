//! Signing keys: what a key is made of, and the ring of keys that each issuer rotates.

mod material;
mod ring;
mod rotation;
mod saved;
mod state;

pub use material::SigningKey;
pub(crate) use material::{KeyError, KeyMaterial};
pub use ring::KeyRing;
pub use rotation::{HeldKey, KeyRingError, KeyStatus, OldKey, Rotation, When};
pub(crate) use saved::SavedRing;
