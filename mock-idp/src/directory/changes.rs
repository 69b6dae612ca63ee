//! Changes to a directory while the mock runs. A change that would break a rule is refused and changes nothing.

use super::{App, Directory, Flaw, Resource, Subscription, User};
use crate::protocol::text::ApiKey;

/// What a change did to a directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Put {
    /// It is new.
    Added,
    /// It has replaced another.
    Replaced,
}

impl Directory {
    /// Replaces the app with the same API Key, or adds the app. Returns the flaws if it cannot.
    pub(crate) fn put_app(&mut self, app: App) -> Result<Put, Vec<Flaw>> {
        none(self.flaws_with_app(&app))?;
        let is_same = |known: &App| known.api_key == app.api_key;
        let position = self.apps.iter().position(is_same);
        Ok(put(&mut self.apps, position, app))
    }

    /// The same for a user. Capitals of the name do not matter.
    pub(crate) fn put_user(&mut self, user: User) -> Result<Put, Vec<Flaw>> {
        none(self.flaws_with_user(&user))?;
        let position = self.users.iter().position(|known| known.is_called(user.username.as_str()));
        Ok(put(&mut self.users, position, user))
    }

    /// The same for a subscription, which is identified by its id and its app together.
    pub(crate) fn put_subscription(&mut self, subscription: Subscription) -> Result<Put, Vec<Flaw>> {
        none(self.flaws_with_subscription(&subscription))?;
        let position = self.subscriptions.iter().position(|known| known.is_same(&subscription));
        Ok(put(&mut self.subscriptions, position, subscription))
    }

    /// Removes an app, its subscriptions, and the resources that no other app may call, because nothing may name an app
    /// that does not exist.
    pub(crate) fn remove_app(&mut self, key: &ApiKey) {
        self.apps.retain(|app| app.api_key != *key);
        self.subscriptions.retain(|subscription| subscription.app != *key);
        self.resources.retain_mut(|resource| {
            let Resource { apps, .. } = resource;
            let was_open_to_all = apps.is_empty();
            apps.retain(|app| app != key);
            // An empty list would open it to all.
            was_open_to_all || !apps.is_empty()
        });
    }
}

fn none(flaws: Vec<Flaw>) -> Result<(), Vec<Flaw>> {
    if flaws.is_empty() { Ok(()) } else { Err(flaws) }
}

fn put<T>(items: &mut Vec<T>, position: Option<usize>, item: T) -> Put {
    if let Some(known) = position.and_then(|position| items.get_mut(position)) {
        *known = item;
        return Put::Replaced;
    }
    items.push(item);
    Put::Added
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn of<T: serde::de::DeserializeOwned>(value: Value) -> T {
        serde_json::from_value(value).unwrap()
    }

    fn app(key: &str, callbacks: &[&str]) -> App {
        of(json!({ "name": "A", "api_key": key, "callbacks": callbacks }))
    }

    fn subscription(id: &str, app: &str) -> Subscription {
        of(json!({ "id": id, "app": app, "organization": { "id": "1", "name": "D" } }))
    }

    /// An app, a user and a subscription.
    fn directory() -> Directory {
        Directory {
            apps: vec![app("k", &[])],
            users: vec![of(json!({ "username": "a@b.c", "password": "x" }))],
            subscriptions: vec![subscription("1", "k")],
            resources: Vec::new(),
        }
    }

    #[test]
    fn an_item_replaces_its_namesake_or_is_added() {
        let mut directory = directory();
        assert_eq!(directory.put_app(app("k", &["http://localhost/"])), Ok(Put::Replaced));
        assert_eq!(directory.put_app(app("l", &[])), Ok(Put::Added));
        let user = |name: &str| of(json!({ "username": name, "password": "y" }));
        assert_eq!(directory.put_user(user("A@b.c")), Ok(Put::Replaced));
        assert_eq!(directory.put_user(user("d@e.f")), Ok(Put::Added));
        assert_eq!(directory.put_subscription(subscription("1", "k")), Ok(Put::Replaced));
        assert_eq!(directory.put_subscription(subscription("1", "l")), Ok(Put::Added));
        let Directory { apps, users, subscriptions, .. } = &directory;
        assert_eq!((apps.len(), users.len(), subscriptions.len()), (2, 2, 2));
        assert_eq!(directory.flaws(), []);
    }

    #[test]
    fn a_change_that_breaks_a_rule_changes_nothing() {
        let mut changed = directory();
        let refused = changed.put_app(app("k", &["http://localhost/", "/cb"])).unwrap_err();
        assert_eq!(refused[0].place.field(), "callbacks[1]");
        let refused = changed.put_subscription(subscription("1", "l")).unwrap_err();
        assert_eq!((refused.len(), refused[0].place.field().as_str()), (1, "app"));
        assert_eq!(changed, directory());
    }

    #[test]
    fn what_names_a_removed_app_goes_with_it() {
        let mut directory = directory();
        directory.put_app(app("l", &[])).unwrap();
        directory.put_subscription(subscription("1", "l")).unwrap();
        directory.resources = of(json!([
            { "path": "/all" },
            { "path": "/k", "apps": ["k"] },
            { "path": "/both", "apps": ["k", "l"] },
        ]));
        directory.remove_app(&ApiKey::new("k"));
        assert_eq!(directory.flaws(), []);
        assert_eq!(directory.subscriptions, [subscription("1", "l")]);
        let paths: Vec<String> = directory.resources.iter().map(|one| one.path.to_string()).collect();
        assert_eq!(paths, ["/all", "/both"]);
        assert_eq!(directory.resources[1].apps, [ApiKey::new("l")]);
    }
}
