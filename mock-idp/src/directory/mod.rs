//! The directory: apps, users, subscriptions, and the sample resources that apps call. Pure.

mod app;
mod changes;
mod flaw;
mod flaws;
mod lists;
mod place;
mod resource;
mod subscription;
mod user;
mod warnings;

pub use app::{App, Leniency};
pub(crate) use changes::Put;
pub(crate) use flaw::{DirectoryRule, Flaw, unknown_name};
pub use lists::Directory;
pub(crate) use place::{Part, PathStep, Place};
pub(crate) use resource::Captured;
pub use resource::{PathTemplate, Resource, ResourceMethod, ResourceStatus};
pub use subscription::{Organization, Subscription, SubscriptionStatus};
pub use user::User;
