//! The rules that every directory keeps: one set for configuration files, the control API and Rust.

use std::collections::{HashMap, HashSet};

use super::{
    App, Directory, DirectoryRule, Flaw, Part, PathStep, Place, Resource, ResourceMethod, Subscription, User,
    unknown_name,
};
use crate::protocol::{
    near_miss,
    text::{ApiKey, SubscriptionId},
};

impl Directory {
    /// All flaws, in the order of the lists. Takes time in proportion to the size of the directory.
    pub(crate) fn flaws(&self) -> Vec<Flaw> {
        Extract {
            apps: self.apps.iter().collect(),
            users: self.users.iter().collect(),
            subscriptions: self.subscriptions.iter().collect(),
            resources: self.resources.iter().collect(),
        }
        .flaws()
    }

    /// The flaws that an app would have if it took the place of the one with its API Key, or were added.
    pub(super) fn flaws_with_app(&self, app: &App) -> Vec<Flaw> {
        let apps = replaced(&self.apps, app, |known| known.api_key == app.api_key);
        let part = Part::App(apps.len() - 1);
        Extract { apps, ..Extract::default() }.flaws_of(part)
    }

    /// The same for a user.
    pub(super) fn flaws_with_user(&self, user: &User) -> Vec<Flaw> {
        let users = replaced(&self.users, user, |known| known.is_called(user.username.as_str()));
        let part = Part::User(users.len() - 1);
        Extract { users, ..Extract::default() }.flaws_of(part)
    }

    /// The same for a subscription.
    pub(super) fn flaws_with_subscription(&self, subscription: &Subscription) -> Vec<Flaw> {
        let subscriptions = replaced(&self.subscriptions, subscription, |known| known.is_same(subscription));
        let part = Part::Subscription(subscriptions.len() - 1);
        Extract { apps: self.apps.iter().collect(), subscriptions, ..Extract::default() }.flaws_of(part)
    }
}

/// The items of one name once `item` has replaced the first of them. Other items cannot have a flaw in common with it.
fn replaced<'a, T>(items: &'a [T], item: &'a T, is_same: impl Fn(&T) -> bool) -> Vec<&'a T> {
    items.iter().filter(|known| is_same(known)).skip(1).chain([item]).collect()
}

/// What the rules are applied to: a directory, or as much of it as a change concerns.
#[derive(Debug, Default)]
struct Extract<'a> {
    apps: Vec<&'a App>,
    users: Vec<&'a User>,
    subscriptions: Vec<&'a Subscription>,
    resources: Vec<&'a Resource>,
}

impl Extract<'_> {
    fn flaws_of(&self, part: Part) -> Vec<Flaw> {
        let mut flaws = self.flaws();
        flaws.retain(|flaw| flaw.place.part == part);
        flaws
    }

    fn flaws(&self) -> Vec<Flaw> {
        let mut flaws = Vec::new();
        self.check_apps(&mut flaws);
        self.check_users(&mut flaws);
        let mut known = KnownApps::new(&self.apps);
        self.check_subscriptions(&mut known, &mut flaws);
        self.check_resources(&mut known, &mut flaws);
        flaws
    }

    fn check_apps(&self, flaws: &mut Vec<Flaw>) {
        let mut seen = HashSet::with_capacity(self.apps.len());
        for (index, app) in self.apps.iter().enumerate() {
            let part = Part::App(index);
            app.check(part, flaws);
            let key = &app.api_key;
            if !key.as_str().is_empty() && !seen.insert(key) {
                let place = Place::new(part, [PathStep::Key("api_key")]);
                let problem = format!("api_key {key} appears twice");
                flaws.push(Flaw::new(place, DirectoryRule::ApiKeyUnique, problem, "give each app its own"));
            }
        }
    }

    fn check_users(&self, flaws: &mut Vec<Flaw>) {
        let mut seen = HashSet::with_capacity(self.users.len());
        for (index, user) in self.users.iter().enumerate() {
            // As `User::is_called` compares names.
            if !seen.insert(user.username.as_str().to_ascii_lowercase()) {
                let place = Place::new(Part::User(index), [PathStep::Key("username")]);
                let problem = format!("user {} appears twice", user.username);
                let expected = "give each user their own name";
                flaws.push(Flaw::new(place, DirectoryRule::UsernameUnique, problem, expected));
            }
        }
    }

    fn check_subscriptions(&self, known: &mut KnownApps<'_>, flaws: &mut Vec<Flaw>) {
        let mut seen: HashSet<(&SubscriptionId, &ApiKey)> = HashSet::with_capacity(self.subscriptions.len());
        for (index, subscription) in self.subscriptions.iter().enumerate() {
            let Subscription { id, app, .. } = subscription;
            let part = Part::Subscription(index);
            flaws.extend(known.unknown(app, || Place::new(part, [PathStep::Key("app")])));
            if !seen.insert((id, app)) {
                let place = Place::new(part, [PathStep::Key("id")]);
                let problem = format!("subscription {id} to app {app} appears twice");
                flaws.push(Flaw::new(place, DirectoryRule::SubscriptionUnique, problem, "leave one out"));
            }
        }
    }

    fn check_resources(&self, known: &mut KnownApps<'_>, flaws: &mut Vec<Flaw>) {
        // For each shape of a path: which resource answers each method first.
        let mut answering: HashMap<Vec<Option<&str>>, [Option<usize>; ResourceMethod::ALL.len()]> =
            HashMap::with_capacity(self.resources.len());
        for (index, resource) in self.resources.iter().enumerate() {
            let part = Part::Resource(index);
            let first = answering.entry(resource.path.shape()).or_default();
            let own = || {
                let all = ResourceMethod::ALL.iter().enumerate();
                all.filter(|(_, method)| resource.answers(method.as_str())).map(|(number, _)| number)
            };
            if let Some(twin) = own().filter_map(|number| first[number]).min() {
                let place = Place::new(part, [PathStep::Key("path")]);
                let twin = &self.resources[twin].path;
                let problem = format!("resource {} answers what {twin} answers", resource.path);
                let expected = "give each its own path or methods";
                flaws.push(Flaw::new(place, DirectoryRule::ResourceUnique, problem, expected));
            }
            for number in own() {
                first[number].get_or_insert(index);
            }
            for (number, app) in resource.apps.iter().enumerate() {
                let place = || Place::new(part, [PathStep::Key("apps"), PathStep::Index(number)]);
                flaws.extend(known.unknown(app, place));
            }
        }
    }
}

/// The API Keys that others may name.
struct KnownApps<'a> {
    keys: HashSet<&'a str>,
    /// The same in their order. Of several near ones, the first is named.
    in_order: Vec<&'a str>,
    /// How many keys may still be compared to find near ones. Without this limit, many unknown keys among many apps would
    /// take minutes.
    comparisons: usize,
}

impl<'a> KnownApps<'a> {
    fn new(apps: &[&'a App]) -> Self {
        let in_order: Vec<&str> = apps.iter().map(|app| app.api_key.as_str()).collect();
        Self { keys: in_order.iter().copied().collect(), in_order, comparisons: 100_000 }
    }

    /// The flaw of naming an app that does not exist.
    fn unknown(&mut self, key: &ApiKey, place: impl FnOnce() -> Place) -> Option<Flaw> {
        if self.keys.contains(key.as_str()) {
            return None;
        }
        let near = self.nearest(key.as_str());
        let (problem, expected) = unknown_name("app", key.as_str(), near);
        let near = near.map(str::to_owned);
        Some(Flaw { place: place(), rule: DirectoryRule::AppKnown, problem, expected, near })
    }

    fn nearest(&mut self, key: &str) -> Option<&'a str> {
        self.comparisons = self.comparisons.checked_sub(self.in_order.len())?;
        near_miss::nearest(key, self.in_order.iter().copied())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn directory(lists: &Value) -> Directory {
        fn list<T: serde::de::DeserializeOwned>(lists: &Value, name: &str) -> Vec<T> {
            serde_json::from_value(lists.get(name).cloned().unwrap_or_else(|| json!([]))).unwrap()
        }
        Directory {
            apps: list(lists, "apps"),
            users: list(lists, "users"),
            subscriptions: list(lists, "subscriptions"),
            resources: list(lists, "resources"),
        }
    }

    fn flaws(lists: &Value) -> Vec<(String, DirectoryRule, String)> {
        let flaws = directory(lists).flaws().into_iter();
        flaws
            .map(|flaw| {
                let Flaw { place, rule, problem, expected, .. } = flaw;
                (place.to_string(), rule, format!("{problem}; {expected}"))
            })
            .collect()
    }

    fn flaw(place: &str, rule: DirectoryRule, text: &str) -> (String, DirectoryRule, String) {
        (place.to_owned(), rule, text.to_owned())
    }

    fn app(key: &str) -> Value {
        json!({ "name": "A", "api_key": key })
    }

    fn user(name: &str) -> Value {
        json!({ "username": name, "password": "x" })
    }

    fn subscription(id: &str, app: &str) -> Value {
        json!({ "id": id, "app": app, "organization": { "id": "1", "name": "D" } })
    }

    #[test]
    fn a_good_directory_has_no_flaw() {
        let good = json!({
            "apps": [app("k"), app("l")],
            "users": [user("a@b.c"), user("d@e.f")],
            "subscriptions": [subscription("1", "k"), subscription("1", "l"), subscription("2", "k")],
            "resources": [
                { "path": "/a/{id}", "methods": ["GET"], "apps": ["k"] },
                { "path": "/a/{id}", "methods": ["POST"] },
                { "path": "/a/b" },
            ],
        });
        assert_eq!(flaws(&good), []);
        assert_eq!(directory(&json!({})).flaws(), []);
    }

    #[test]
    fn an_api_key_belongs_to_one_app() {
        assert_eq!(
            flaws(&json!({ "apps": [app("k"), app("l"), app("k")] })),
            [flaw(
                "apps[2].api_key",
                DirectoryRule::ApiKeyUnique,
                "api_key k appears twice; give each app its own"
            )]
        );
    }

    #[test]
    fn a_user_name_belongs_to_one_user_whatever_its_capitals() {
        assert_eq!(
            flaws(&json!({ "users": [user("a@b.c"), user("A@b.C")] })),
            [flaw(
                "users[1].username",
                DirectoryRule::UsernameUnique,
                "user A@b.C appears twice; give each user their own name"
            )]
        );
    }

    #[test]
    fn a_subscription_to_an_app_appears_once() {
        let lists =
            json!({ "apps": [app("k")], "subscriptions": [subscription("1", "k"), subscription("1", "k")] });
        assert_eq!(
            flaws(&lists),
            [flaw(
                "subscriptions[1].id",
                DirectoryRule::SubscriptionUnique,
                "subscription 1 to app k appears twice; leave one out"
            )]
        );
    }

    #[test]
    fn an_unknown_app_is_reported_with_the_nearest_one() {
        let lists = json!({
            "apps": [app("TutorialAppKey")],
            "subscriptions": [subscription("1", "TutorialApKey"), subscription("2", "k")],
            "resources": [{ "path": "/a", "apps": ["TutorialAppKey", "k"] }],
        });
        assert_eq!(
            flaws(&lists),
            [
                flaw(
                    "subscriptions[0].app",
                    DirectoryRule::AppKnown,
                    "no app is called \"TutorialApKey\"; did you mean TutorialAppKey?"
                ),
                flaw(
                    "subscriptions[1].app",
                    DirectoryRule::AppKnown,
                    "no app is called \"k\"; expected a known app"
                ),
                flaw(
                    "resources[0].apps[1]",
                    DirectoryRule::AppKnown,
                    "no app is called \"k\"; expected a known app"
                ),
            ]
        );
        assert_eq!(directory(&lists).flaws()[0].near.as_deref(), Some("TutorialAppKey"));
    }

    #[test]
    fn two_resources_do_not_answer_the_same_requests() {
        let twins = |one: &[&str], other: &[&str]| {
            let one = json!({ "path": "/a/{id}", "methods": one });
            let other = json!({ "path": "/a/{name}", "methods": other });
            flaws(&json!({ "resources": [{ "path": "/a/b" }, one, other] }))
        };
        let reported = [flaw(
            "resources[2].path",
            DirectoryRule::ResourceUnique,
            "resource /a/{name} answers what /a/{id} answers; give each its own path or methods",
        )];
        assert_eq!(twins(&[], &[]), reported);
        assert_eq!(twins(&[], &["GET"]), reported);
        assert_eq!(twins(&["POST", "GET"], &["GET"]), reported);
        assert_eq!(twins(&["POST"], &["GET"]), []);
    }

    #[test]
    fn every_flaw_is_reported_in_the_order_of_the_lists() {
        let lists = json!({
            "apps": [app(""), app("")],
            "users": [user("a"), user("a"), user("a")],
            "subscriptions": [subscription("1", "k"), subscription("1", "k")],
        });
        let places: Vec<String> = flaws(&lists).into_iter().map(|(place, ..)| place).collect();
        assert_eq!(
            places,
            [
                "apps[0].api_key",
                "apps[1].api_key",
                "users[1].username",
                "users[2].username",
                "subscriptions[0].app",
                "subscriptions[1].app",
                "subscriptions[1].id"
            ]
        );
    }

    #[test]
    fn an_item_that_replaces_another_is_not_a_duplicate() {
        let lists = json!({
            "apps": [app("k")],
            "users": [user("a@b.c")],
            "subscriptions": [subscription("1", "k")],
        });
        let known = directory(&lists);
        assert_eq!(known.flaws_with_app(&known.apps[0]), []);
        assert_eq!(known.flaws_with_user(&serde_json::from_value(user("A@B.C")).unwrap()), []);
        assert_eq!(known.flaws_with_subscription(&known.subscriptions[0]), []);
        let stray = serde_json::from_value(subscription("1", "l")).unwrap();
        let reported: Vec<String> =
            known.flaws_with_subscription(&stray).iter().map(|flaw| flaw.place.field()).collect();
        assert_eq!(reported, ["app"]);
    }

    #[test]
    fn many_unknown_apps_among_many_are_all_reported() {
        let many = |name: &dyn Fn(usize) -> Value| (0..2000).map(name).collect::<Vec<_>>();
        let lists = json!({
            "apps": many(&|number| app(&format!("key-{number:08}"))),
            "subscriptions": many(&|number| subscription(&number.to_string(), &format!("kee-{number:08}"))),
        });
        let reported = directory(&lists).flaws();
        assert_eq!(reported.len(), 2000);
        assert_eq!((reported[0].near.as_deref(), &reported[1999].near), (Some("key-00000000"), &None));
    }
}
