//! Warnings: what works but was probably not intended.

use std::collections::{HashMap, HashSet};

use super::{App, Directory, Part, User};
use crate::protocol::{
    grant_type::GrantType,
    redirect_uri::RegisteredUri,
    scope::{OFFLINE_ACCESS, OPENID},
    text::ApiKey,
};

/// Something that works but was probably not intended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Warning {
    /// What it is about.
    pub part: Part,
    /// What is odd.
    pub problem: String,
    /// What was probably meant.
    pub remedy: String,
}

impl Directory {
    /// All warnings. Takes time in proportion to the size of the directory.
    pub(crate) fn warnings(&self) -> Vec<Warning> {
        let mut warnings = Vec::new();
        let mut warn = |part, (problem, remedy): (String, &str)| {
            warnings.push(Warning { part, problem, remedy: remedy.to_owned() });
        };
        if self.apps.is_empty() {
            warn(Part::All, ("there is no app, so nobody gets a token".to_owned(), "add an [[app]]"));
        } else if self.users.is_empty() && self.apps.iter().any(signs_in) {
            warn(Part::All, ("there is no user, so nobody can sign in".to_owned(), "add a [[user]]"));
        }
        let subscribed: HashSet<&ApiKey> = self.subscriptions.iter().map(|own| &own.app).collect();
        for (index, app) in self.apps.iter().enumerate() {
            for warning in of_app(app) {
                warn(Part::App(index), warning);
            }
            if app.grants.is_empty() && subscribed.contains(&app.api_key) {
                let problem = format!(
                    "the subscriptions of app \"{}\" have no effect, because it gets no token",
                    app.name
                );
                warn(Part::App(index), (problem, "leave them out, or give the app grants"));
            }
        }
        let mut first_of_uid = HashMap::with_capacity(self.users.len());
        for (index, user) in self.users.iter().enumerate() {
            for warning in of_user(user) {
                warn(Part::User(index), warning);
            }
            let first = *first_of_uid.entry(user.uid()).or_insert(user);
            if first.username != user.username {
                let problem = format!("user {} has the uid of {}", user.username, first.username);
                warn(Part::User(index), (problem, "give each user their own uid, or leave uid out"));
            }
        }
        warnings
    }
}

fn signs_in(app: &App) -> bool {
    app.may(GrantType::AuthorizationCode) || app.may(GrantType::Implicit)
}

fn of_app(app: &App) -> Vec<(String, &'static str)> {
    let App { name, .. } = app;
    let mut warnings = Vec::new();
    if app.grants.is_empty() {
        warnings.push((
            format!("app \"{name}\" has no grants, so it gets no token"),
            "leave grants out to get the default ones",
        ));
    }
    if app.callbacks.is_empty() && signs_in(app) {
        warnings.push((
            format!("app \"{name}\" may sign users in and has no callbacks, so every sign-in is refused"),
            "add callbacks, or grants = [\"client_credentials\"]",
        ));
    }
    if app.is_public() && app.may(GrantType::ClientCredentials) && !signs_in(app) {
        warnings.push((
            format!("app \"{name}\" has no api_secret, and client_credentials needs one"),
            "add api_secret",
        ));
    }
    if signs_in(app) && !app.scopes.contains(OPENID) {
        warnings.push((
            format!("app \"{name}\" may not request openid, so it gets no ID token"),
            "add openid to scopes",
        ));
    }
    if app.may(GrantType::RefreshToken) && !app.scopes.contains(OFFLINE_ACCESS) {
        warnings.push((
            format!(
                "app \"{name}\" may refresh and may not request offline_access, so it gets no refresh token"
            ),
            "add offline_access to scopes, or take refresh_token out of grants",
        ));
    }
    let both = app.callbacks.iter().chain(&app.post_logout_callbacks);
    // They can only be registered if `http_callback` is relaxed.
    for callback in both.filter(|callback| is_unencrypted(callback)) {
        warnings.push((
            format!("callback {} of app \"{name}\" carries codes over the network unencrypted", callback.url),
            "use https",
        ));
    }
    warnings
}

fn is_unencrypted(callback: &RegisteredUri) -> bool {
    callback.impossible(true).is_none() && callback.impossible(false).is_some()
}

fn of_user(user: &User) -> Vec<(String, &'static str)> {
    let name = &user.username;
    let mut warnings = Vec::new();
    if !name.as_str().contains('@') {
        warnings.push((
            format!("user {name} has a name that is not an e-mail address, unlike Fortellis' users"),
            "use one such as user@example.com",
        ));
    }
    if ["name", "given_name", "family_name"].iter().all(|claim| user.claims.get(claim).is_none()) {
        warnings.push((
            format!("user {name} has no name, so the scope profile returns nothing about them"),
            "add claims = { name = \"…\" }",
        ));
    }
    warnings
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn warnings(apps: Value, users: Value) -> Vec<(Part, String)> {
        let directory = Directory {
            apps: serde_json::from_value(apps).unwrap(),
            users: serde_json::from_value(users).unwrap(),
            ..Directory::default()
        };
        directory.warnings().into_iter().map(|warning| (warning.part, warning.problem)).collect()
    }

    /// An app without a warning, with one of its fields changed.
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
    fn a_usual_directory_gets_no_warning() {
        assert_eq!(
            warnings(json!([app("website", json!("http://example.com"))]), json!([user("a@b.c")])),
            []
        );
        let backend = json!([app("grants", json!(["client_credentials"]))]);
        assert_eq!(warnings(backend, json!([])), [], "a backend needs no user");
    }

    #[test]
    fn each_warning_about_an_app_is_reported() {
        for (field, value, reported) in [
            ("grants", json!([]), "app \"A\" has no grants, so it gets no token"),
            (
                "callbacks",
                json!([]),
                "app \"A\" may sign users in and has no callbacks, so every sign-in is refused",
            ),
            ("scopes", json!(["offline_access"]), "app \"A\" may not request openid, so it gets no ID token"),
            (
                "scopes",
                json!(["openid"]),
                "app \"A\" may refresh and may not request offline_access, so it gets no refresh token",
            ),
            (
                "callbacks",
                json!(["http://app.test/cb"]),
                "callback http://app.test/cb of app \"A\" carries codes over the network unencrypted",
            ),
        ] {
            let found = warnings(json!([app(field, value)]), json!([user("a@b.c")]));
            assert_eq!(found, [(Part::App(0), reported.to_owned())]);
        }
        let mut public = app("grants", json!(["client_credentials"]));
        public["api_secret"] = Value::Null;
        let reported = "app \"A\" has no api_secret, and client_credentials needs one";
        assert_eq!(warnings(json!([public]), json!([])), [(Part::App(0), reported.to_owned())]);
    }

    #[test]
    fn each_warning_about_a_user_is_reported() {
        let apps = || json!([app("website", json!(""))]);
        let mut nameless = user("a@b.c");
        nameless["claims"] = json!({});
        let reported = "user a@b.c has no name, so the scope profile returns nothing about them".to_owned();
        assert_eq!(warnings(apps(), json!([nameless])), [(Part::User(0), reported)]);
        let reported =
            "user sam has a name that is not an e-mail address, unlike Fortellis' users".to_owned();
        assert_eq!(warnings(apps(), json!([user("sam")])), [(Part::User(0), reported)]);
        let [mut one, mut other] = [user("a@b.c"), user("d@e.f")];
        (one["uid"], other["uid"]) = ("00u".into(), "00u".into());
        let reported = "user d@e.f has the uid of a@b.c".to_owned();
        assert_eq!(warnings(apps(), json!([one, other])), [(Part::User(1), reported)]);
    }

    #[test]
    fn an_empty_directory_gets_one_warning() {
        let whole = |reported: &str| vec![(Part::All, reported.to_owned())];
        assert_eq!(warnings(json!([]), json!([])), whole("there is no app, so nobody gets a token"));
        let apps = json!([app("website", json!(""))]);
        assert_eq!(warnings(apps, json!([])), whole("there is no user, so nobody can sign in"));
    }
}
