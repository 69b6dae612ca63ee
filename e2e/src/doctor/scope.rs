//! Whether `FORTELLIS_SCOPE` asks for what the tutorial needs.

use super::finding::{Check, Finding};

const VARIABLE: &str = "FORTELLIS_SCOPE";

pub(super) fn look(text: &str) -> Finding {
    let check = Check::Scope;
    let scopes: Vec<&str> = text.split_ascii_whitespace().collect();
    let remedy = "write openid, and add offline_access for refresh tokens";
    if scopes.is_empty() {
        return check.error(VARIABLE, "the scope is empty", remedy);
    }
    if text.contains([',', ';', '"', '\'']) {
        return check.error(VARIABLE, format!("{text:?} is not separated only by spaces"), remedy);
    }
    if scopes.contains(&"anonymous") {
        let found = "anonymous is what a backend asks for in its own name (client_credentials); a person who signs in \
                     is not anonymous";
        return check.warning(VARIABLE, found, remedy);
    }
    if !scopes.contains(&"openid") {
        return check.note(VARIABLE, format!("without openid among {text} there will be no ID token"));
    }
    check.ok(VARIABLE, text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::finding::Level;

    #[test]
    fn a_scope_is_judged_by_what_it_leads_to() {
        for (text, level) in [
            ("openid", Level::Ok),
            ("openid offline_access", Level::Ok),
            ("offline_access", Level::Note),
            ("anonymous", Level::Warning),
            (" ", Level::Error),
            ("openid,profile", Level::Error),
        ] {
            assert_eq!(look(text).level, level, "{text}");
        }
    }
}
