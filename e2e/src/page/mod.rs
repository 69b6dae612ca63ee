//! The pages of the tutorial as methods named after what a person does. Each method waits until the page is ready.

mod any_sign_in;
mod home;
mod sign_in;

pub use any_sign_in::{Account, AnySignIn, NotSignedIn};
pub use home::{Failure, Home, Way};
pub use sign_in::SignIn;
