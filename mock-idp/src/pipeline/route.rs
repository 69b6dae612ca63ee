//! From a path to a row of the table of endpoints.

use std::{borrow::Cow, sync::LazyLock};

use percent_encoding::percent_decode_str;

use crate::endpoint::{TABLE, row::Row};

/// The paths of the table. They are the same for every mock of a process.
static ROUTES: LazyLock<matchit::Router<&'static Row>> = LazyLock::new(|| {
    let mut routes = matchit::Router::new();
    for row in &TABLE {
        for path in row.paths {
            routes.insert(*path, row).expect("the paths of the table differ");
        }
    }
    routes
});

/// What a path leads to.
#[derive(Debug)]
pub(super) struct Route<'p> {
    pub(super) row: &'static Row,
    /// The name of the issuer, decoded; empty where it cannot be decoded.
    pub(super) issuer: Cow<'p, str>,
    /// What the path names below the issuer, decoded.
    pub(super) named: Option<String>,
}

/// The endpoint at a path, if there is one.
pub(super) fn find(path: &str) -> Option<Route<'_>> {
    let found = ROUTES.at(path).ok()?;
    let decoded = |name: &str| {
        let text = found.params.get(name)?;
        Some(percent_decode_str(text).decode_utf8().unwrap_or_default())
    };
    let issuer = decoded("issuer").unwrap_or_default();
    let named = decoded("named").map(Cow::into_owned);
    Some(Route { row: found.value, issuer, named })
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::protocol::endpoint::Endpoint;

    #[test]
    fn every_endpoint_has_a_row() {
        let in_table: HashSet<Endpoint> = TABLE.iter().map(|row| row.endpoint).collect();
        assert_eq!(in_table, HashSet::from(Endpoint::ALL));
    }

    #[test]
    fn a_path_names_its_issuer_and_what_is_below() {
        let found =
            |path: &str| find(path).map(|route| (route.row.endpoint, route.issuer.into_owned(), route.named));
        assert_eq!(found("/oauth2/a%2Db/v1/keys"), Some((Endpoint::Keys, "a-b".into(), None)));
        assert_eq!(found("/oauth2/%ff/v1/keys"), Some((Endpoint::Keys, String::new(), None)));
        assert_eq!(found("/oauth2/a/sign-in/x"), Some((Endpoint::SignIn, "a".into(), Some("x".into()))));
        assert_eq!(found("/api/a/x/y"), Some((Endpoint::Gateway, "a".into(), None)));
        assert_eq!(found("/oauth2/a/v1/unknown"), None);
    }
}
