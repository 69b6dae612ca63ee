//! The lists of apps, users, subscriptions and resources that an issuer knows, and the lookups in them.

use super::{App, Captured, Resource, Subscription, User};
use crate::{
    dialect::Dialect,
    protocol::{
        near_miss,
        text::{ApiKey, Password, SubscriptionId, Username},
    },
    refusal::ClientRefusal,
};

/// The apps, users, subscriptions and resources that an issuer knows. Lookups scan the lists, which are usually short.
///
/// A mock starts with a directory only if each API Key, user name and subscription appears once, no two resources
/// answer the same requests, every app that is named exists, and every callback can be used.
///
/// ```
/// use mock_idp::{Config, Directory, MockIdp, TokenOrder};
/// use tokio::net::TcpListener;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let mut directory = Directory { subscriptions: Vec::new(), ..Config::demo().directory };
/// directory.users.retain(|user| user.username.as_str() == "dealer@example.com");
/// let config = Config { directory, ..Config::demo() };
/// let idp = MockIdp::start_on(TcpListener::bind("127.0.0.1:0").await?, config)?;
///
/// let order = TokenOrder::new().user("subscriber@example.com");
/// let error = idp.issuer("any").mint(&order).unwrap_err();
/// assert_eq!(error.to_string(), r#"no user is called "subscriber@example.com""#);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Directory {
    /// Registered apps.
    pub apps: Vec<App>,
    /// Fortellis accounts.
    pub users: Vec<User>,
    /// Subscriptions of dealers to apps.
    pub subscriptions: Vec<Subscription>,
    /// The answers of the API gateway.
    pub resources: Vec<Resource>,
}

impl Directory {
    /// The app with this API Key.
    pub(crate) fn app(&self, api_key: &ApiKey) -> Option<&App> {
        self.apps.iter().find(|app| app.api_key == *api_key)
    }

    /// The app with this API Key, or a refusal that names the nearest key.
    pub(crate) fn known_app(&self, api_key: &str) -> Result<&App, ClientRefusal> {
        self.apps.iter().find(|app| app.api_key.as_str() == api_key).ok_or_else(|| {
            let near = self.nearest_api_key(api_key).map(str::to_owned);
            ClientRefusal::ClientUnknown { client_id: api_key.to_owned(), near }
        })
    }

    /// The API Key that was probably meant.
    pub(crate) fn nearest_api_key(&self, api_key: &str) -> Option<&str> {
        near_miss::nearest(api_key, self.apps.iter().map(|app| app.api_key.as_str()))
    }

    /// The user whose name and password these are.
    pub(crate) fn authenticate(&self, username: &str, password: &Password) -> Option<&User> {
        self.user_called(username).filter(|user| user.password == *password)
    }

    /// The user with this name, whatever its capitals.
    pub(crate) fn user_called(&self, name: &str) -> Option<&User> {
        self.users.iter().find(|user| user.is_called(name))
    }

    /// The user name that was probably meant.
    pub(crate) fn nearest_username(&self, name: &str) -> Option<&str> {
        near_miss::nearest(name, self.users.iter().map(|user| user.username.as_str()))
    }

    /// The user with exactly this name.
    pub(crate) fn user(&self, username: &Username) -> Option<&User> {
        self.users.iter().find(|user| user.username == *username)
    }

    /// The subscriptions with this id: at most one for each app.
    pub(crate) fn subscriptions(&self, id: &SubscriptionId) -> impl Iterator<Item = &Subscription> {
        self.subscriptions.iter().filter(move |subscription| subscription.id == *id)
    }

    /// The dialect of an app, or the common one if there is no app.
    pub(crate) fn dialect_of(&self, app: Option<&App>) -> Dialect {
        app.map_or_else(|| self.common_dialect(), |app| app.dialect)
    }

    /// The sample resource for a method and a path below the gateway: the most literal one that matches.
    pub(crate) fn resource(&self, method: &str, path: &str) -> Option<(&Resource, Captured<'_>)> {
        self.resources
            .iter()
            .filter(|resource| resource.answers(method))
            .filter_map(|resource| Some((resource, resource.path.captures(path)?)))
            .min_by(|(one, _), (other, _)| one.path.cmp_precedence(&other.path))
    }

    /// The dialect of answers to unknown apps: `fortellis` unless all apps are `oidc`.
    pub(crate) fn common_dialect(&self) -> Dialect {
        let all_oidc = !self.apps.is_empty() && self.apps.iter().all(|app| app.dialect == Dialect::Oidc);
        if all_oidc { Dialect::Oidc } else { Dialect::Fortellis }
    }
}
