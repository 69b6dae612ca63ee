//! Smells: what works and was probably not meant.

use super::{App, Directory, User};
use crate::protocol::{
    grant_type::GrantType,
    redirect_uri::RegisteredUri,
    scope::{OFFLINE_ACCESS, OPENID},
};

/// Something that works and was probably not meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Smell {
    /// What it is about.
    pub part: Part,
    /// What is odd.
    pub problem: String,
    /// What was probably meant.
    pub remedy: String,
}

/// A part of a directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    /// All of it.
    Whole,
    /// The app of this index.
    App(usize),
    /// The user of this index.
    User(usize),
}

impl Directory {
    /// All smells.
    pub(crate) fn smells(&self) -> Vec<Smell> {
        let mut smells = Vec::new();
        let mut say = |part, (problem, remedy): (String, &str)| {
            smells.push(Smell { part, problem, remedy: remedy.to_owned() });
        };
        if self.apps.is_empty() {
            say(Part::Whole, ("there is no app, so nobody gets a token".to_owned(), "add an [[app]]"));
        } else if self.users.is_empty() && self.apps.iter().any(signs_in) {
            say(Part::Whole, ("there is no user, so nobody can sign in".to_owned(), "add a [[user]]"));
        }
        for (index, app) in self.apps.iter().enumerate() {
            for smell in of_app(app) {
                say(Part::App(index), smell);
            }
            if app.grants.is_empty() && self.subscriptions.iter().any(|own| own.app == app.api_key) {
                let problem =
                    format!("the subscriptions of app \"{}\" are of no use: it gets no token", app.name);
                say(Part::App(index), (problem, "leave them out, or give the app grants"));
            }
        }
        for (index, user) in self.users.iter().enumerate() {
            for smell in of_user(user) {
                say(Part::User(index), smell);
            }
            let uid = user.person().uid;
            if let Some(twin) = self.users[..index].iter().find(|other| other.person().uid == uid) {
                let problem = format!("user {} has the uid of {}", user.username, twin.username);
                say(Part::User(index), (problem, "give each their own, or leave uid out to have one made"));
            }
        }
        smells
    }
}

fn signs_in(app: &App) -> bool {
    app.may(GrantType::AuthorizationCode) || app.may(GrantType::Implicit)
}

fn of_app(app: &App) -> Vec<(String, &'static str)> {
    let App { name, .. } = app;
    let mut smells = Vec::new();
    if app.grants.is_empty() {
        smells.push((
            format!("app \"{name}\" has no grants, so it gets no token"),
            "leave grants out for the usual ones",
        ));
    }
    if app.callbacks.is_empty() && signs_in(app) {
        smells.push((
            format!("app \"{name}\" may sign users in and has no callbacks, so every sign-in is refused"),
            "add callbacks, or grants = [\"client_credentials\"]",
        ));
    }
    if app.is_public() && app.may(GrantType::ClientCredentials) && !signs_in(app) {
        smells.push((
            format!("app \"{name}\" has no api_secret, and client_credentials takes one"),
            "add api_secret",
        ));
    }
    if signs_in(app) && !app.scopes.contains(OPENID) {
        smells.push((
            format!("app \"{name}\" may not ask for openid, so it gets no ID token"),
            "add openid to scopes",
        ));
    }
    if app.may(GrantType::RefreshToken) && !app.scopes.contains(OFFLINE_ACCESS) {
        smells.push((
            format!(
                "app \"{name}\" may refresh and may not ask for offline_access, so it gets no refresh token"
            ),
            "add offline_access to scopes, or take refresh_token out of grants",
        ));
    }
    let both = app.callbacks.iter().chain(&app.post_logout_callbacks);
    // Only a switch lets them be registered at all.
    for callback in both.filter(|callback| is_in_the_clear(callback)) {
        smells.push((
            format!(
                "callback {} of app \"{name}\" carries codes over the network in the clear",
                callback.url
            ),
            "use https",
        ));
    }
    smells
}

fn is_in_the_clear(callback: &RegisteredUri) -> bool {
    callback.impossible(true).is_none() && callback.impossible(false).is_some()
}

fn of_user(user: &User) -> Vec<(String, &'static str)> {
    let name = &user.username;
    let mut smells = Vec::new();
    if !name.as_str().contains('@') {
        smells.push((
            format!("user {name} has no e-mail address for a name, as Fortellis' users have"),
            "use one such as user@example.com",
        ));
    }
    if ["name", "given_name", "family_name"].iter().all(|claim| user.claims.get(claim).is_none()) {
        smells.push((
            format!("user {name} has no name, so the scope profile tells nothing of them"),
            "add claims = { name = \"…\" }",
        ));
    }
    smells
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn smells(apps: Value, users: Value) -> Vec<(Part, String)> {
        let directory = Directory {
            apps: serde_json::from_value(apps).unwrap(),
            users: serde_json::from_value(users).unwrap(),
            ..Directory::default()
        };
        directory.smells().into_iter().map(|smell| (smell.part, smell.problem)).collect()
    }

    /// An app without a smell, and one of its fields changed.
    fn app(field: &str, value: Value) -> Value {
        let mut app = json!({
            "name": "A", "api_key": "k", "api_secret": "s", "callbacks": ["http://localhost:8080/"],
        });
        app[field] = value;
        app
    }

    fn user(username: &str) -> Value {
        json!({ "username": username, "password": "x", "claims": { "name": "N" } })
    }

    #[test]
    fn what_is_meant_does_not_smell() {
        assert_eq!(smells(json!([app("website", json!("http://example.com"))]), json!([user("a@b.c")])), []);
        let backend = json!([app("grants", json!(["client_credentials"]))]);
        assert_eq!(smells(backend, json!([])), [], "a backend needs no user");
    }

    #[test]
    fn each_smell_of_an_app_is_told() {
        for (field, value, told) in [
            ("grants", json!([]), "app \"A\" has no grants, so it gets no token"),
            (
                "callbacks",
                json!([]),
                "app \"A\" may sign users in and has no callbacks, so every sign-in is refused",
            ),
            ("scopes", json!(["offline_access"]), "app \"A\" may not ask for openid, so it gets no ID token"),
            (
                "scopes",
                json!(["openid"]),
                "app \"A\" may refresh and may not ask for offline_access, so it gets no refresh token",
            ),
            (
                "callbacks",
                json!(["http://app.test/cb"]),
                "callback http://app.test/cb of app \"A\" carries codes over the network in the clear",
            ),
        ] {
            let found = smells(json!([app(field, value)]), json!([user("a@b.c")]));
            assert_eq!(found, [(Part::App(0), told.to_owned())]);
        }
        let mut public = app("grants", json!(["client_credentials"]));
        public["api_secret"] = Value::Null;
        let told = "app \"A\" has no api_secret, and client_credentials takes one";
        assert_eq!(smells(json!([public]), json!([])), [(Part::App(0), told.to_owned())]);
    }

    #[test]
    fn each_smell_of_a_user_is_told() {
        let apps = || json!([app("website", json!(""))]);
        let mut nameless = user("a@b.c");
        nameless["claims"] = json!({});
        let told = "user a@b.c has no name, so the scope profile tells nothing of them".to_owned();
        assert_eq!(smells(apps(), json!([nameless])), [(Part::User(0), told)]);
        let told = "user sam has no e-mail address for a name, as Fortellis' users have".to_owned();
        assert_eq!(smells(apps(), json!([user("sam")])), [(Part::User(0), told)]);
        let [mut one, mut other] = [user("a@b.c"), user("d@e.f")];
        (one["uid"], other["uid"]) = ("00u".into(), "00u".into());
        let told = "user d@e.f has the uid of a@b.c".to_owned();
        assert_eq!(smells(apps(), json!([one, other])), [(Part::User(1), told)]);
    }

    #[test]
    fn an_empty_house_is_told_as_a_whole() {
        let whole = |told: &str| vec![(Part::Whole, told.to_owned())];
        assert_eq!(smells(json!([]), json!([])), whole("there is no app, so nobody gets a token"));
        let apps = json!([app("website", json!(""))]);
        assert_eq!(smells(apps, json!([])), whole("there is no user, so nobody can sign in"));
    }
}
