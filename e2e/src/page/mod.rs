//! The pages of the tutorial in a person's verbs. A verb waits until the page is ready for it.

mod any_sign_in;
mod home;
mod sign_in;

pub use any_sign_in::{Account, AnySignIn, NotSignedIn};
pub use home::{Failure, Home, Way};
pub use sign_in::SignIn;
