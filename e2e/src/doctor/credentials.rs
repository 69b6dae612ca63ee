//! Whether the API Key and the API Secret can be the app's. Neither is ever printed: except for the
//! demo app's, they are secrets of the user.

use fixtures::{backend_app, oidc_app, tutorial_app};

use super::{
    finding::{Check, Finding, Level},
    setup::Setup,
};

const KEY: &str = "FORTELLIS_API_KEY";
const SECRET: &str = "FORTELLIS_API_SECRET";
const BOTH: &str = "FORTELLIS_API_KEY, FORTELLIS_API_SECRET";

/// Letters and digits in an API Key.
const KEY_LENGTH: usize = 32;
/// Letters and digits in an API Secret.
const SECRET_LENGTH: usize = 16;

/// The findings, and whether the credentials may be sent.
pub(super) fn look(setup: &Setup) -> (Vec<Finding>, bool) {
    let findings = judge(setup);
    let fit = !findings.iter().any(|finding| finding.level == Level::Error);
    (findings, fit)
}

fn judge(setup: &Setup) -> Vec<Finding> {
    let check = Check::Credentials;
    let (key, secret) = (setup.api_key(), setup.api_secret());
    let elsewhere = !setup.is_local();
    let own = "set your app's own, from its page in the Fortellis developer account";
    let mut findings = Vec::new();
    for (variable, value, demo) in
        [(KEY, key, is_demo_key as fn(&str) -> bool), (SECRET, secret, is_demo_secret)]
    {
        let found = match value {
            None => "nothing is set, and the demo app's is only for the mock on this machine",
            Some(value) if elsewhere && demo(value) => {
                "a demo app's is set, but the server is not on this machine and cannot know that app"
            }
            Some(value) if is_placeholder(value) => "a placeholder of the documentation is set",
            Some(value) if value.trim() != value => "the value begins or ends with a space",
            Some(value) if !value.bytes().all(|byte| byte.is_ascii_graphic()) => {
                "the value has characters that no API Key or Secret has"
            }
            Some(_) => continue,
        };
        findings.push(check.error(variable, found, own));
    }
    let (Some(key), Some(secret)) = (key, secret) else { return findings };
    if !findings.is_empty() {
        return findings;
    }
    if is_word(key, SECRET_LENGTH) && is_word(secret, KEY_LENGTH) {
        return vec![check.error(BOTH, "each has the form of the other", "swap them")];
    }
    let form = |variable: &str, length: usize| {
        check.warning(
            variable,
            format!("it does not have Fortellis' form, {length} letters and digits"),
            "check that all of it was copied",
        )
    };
    if !is_word(key, KEY_LENGTH) {
        findings.push(form(KEY, KEY_LENGTH));
    }
    if !is_word(secret, SECRET_LENGTH) {
        findings.push(form(SECRET, SECRET_LENGTH));
    }
    if findings.is_empty() {
        let whose = if is_demo_key(key) { "the demo app's" } else { "have Fortellis' form" };
        findings.push(check.ok(BOTH, whose));
    }
    findings
}

fn is_demo_key(text: &str) -> bool {
    [tutorial_app::API_KEY, oidc_app::API_KEY, backend_app::API_KEY].contains(&text)
}

fn is_demo_secret(text: &str) -> bool {
    [tutorial_app::API_SECRET, oidc_app::API_SECRET, backend_app::API_SECRET].contains(&text)
}

/// `{yourAPIKey}`, `yourAPISecret`, `<key>`.
fn is_placeholder(text: &str) -> bool {
    text.contains(['{', '}', '<', '>', '[']) || text.starts_with("your")
}

fn is_word(text: &str, length: usize) -> bool {
    text.len() == length && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

#[cfg(test)]
mod tests {
    use fortellis_service::Secret;

    use super::*;
    use crate::doctor::setup::SetupArgs;

    const OWN_KEY: &str = "RealAppKey0000000000000000000001";
    const OWN_SECRET: &str = "realAppSecret001";

    fn seen(url: &str, key: Option<&str>, secret: Option<&str>) -> Vec<(Level, String)> {
        let mut args = SetupArgs::default();
        args.settings.shared.auth_server_url = Some(url.to_owned());
        args.settings.shared.api_key = key.map(str::to_owned);
        args.settings.backend.api_secret = secret.map(Secret::new);
        look(&Setup::from(&args)).0.into_iter().map(|finding| (finding.level, finding.looked_at)).collect()
    }

    fn one(level: Level, looked_at: &str) -> Vec<(Level, String)> {
        vec![(level, looked_at.to_owned())]
    }

    #[test]
    fn the_demo_app_is_for_this_machine_alone() {
        let real = "https://identity.fortellis.io/oauth2/aus1p1ixy7YL8cMq02p7";
        let local = "http://localhost:9100/oauth2/default";
        assert_eq!(seen(local, None, None), one(Level::Ok, BOTH));
        assert_eq!(seen(real, Some(OWN_KEY), Some(OWN_SECRET)), one(Level::Ok, BOTH));
        assert_eq!(seen(real, Some(OWN_KEY), None), one(Level::Error, SECRET));
        assert_eq!(seen(real, Some(OWN_KEY), Some(tutorial_app::API_SECRET)), one(Level::Error, SECRET));
        assert_eq!(seen(real, Some(oidc_app::API_KEY), Some(OWN_SECRET)), one(Level::Error, KEY));
        assert_eq!(seen(real, None, None).len(), 2);
        assert_eq!(
            seen(real, Some(""), Some(OWN_SECRET)),
            one(Level::Error, KEY),
            "an empty one counts as unset"
        );
    }

    #[test]
    fn slips_of_copying_are_seen() {
        let local = "http://localhost:9100/oauth2/default";
        assert_eq!(seen(local, Some(OWN_SECRET), Some(OWN_KEY)), one(Level::Error, BOTH));
        assert_eq!(seen(local, Some("{yourAPIKey}"), Some(OWN_SECRET)), one(Level::Error, KEY));
        assert_eq!(seen(local, Some(OWN_KEY), Some("realAppSecret001 ")), one(Level::Error, SECRET));
        assert_eq!(seen(local, Some("RealAppKey"), Some(OWN_SECRET)), one(Level::Warning, KEY));
        assert_eq!(seen(local, Some(OWN_KEY), Some("short")), one(Level::Warning, SECRET));
    }

    #[test]
    fn what_is_set_is_never_printed() {
        for (key, secret) in [(OWN_SECRET, OWN_KEY), ("x y", "realAppSecret001 "), (OWN_KEY, "short")] {
            let mut args = SetupArgs::default();
            args.settings.shared.api_key = Some(key.to_owned());
            args.settings.backend.api_secret = Some(Secret::new(secret));
            let text = format!("{:?}", look(&Setup::from(&args)));
            assert!(!text.contains(key) && !text.contains(secret.trim()), "{text}");
        }
    }
}
