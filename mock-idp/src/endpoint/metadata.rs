//! `GET /.well-known/…`: the issuer's metadata (RFC 8414 §3, OpenID Connect Discovery §4), readable by every
//! browser page. Both documents are served below the issuer's path and, as in RFC 8414 §3.1, in front of it.

use super::{
    reply::{Answer, Reply},
    row::{Cors, Methods, Reads, Row, no_facts, presents_nothing},
};
use crate::{
    dialect::Dialect,
    journal::Note,
    protocol::{endpoint::Endpoint, metadata::Document},
    step::Step,
};

pub(super) const OPENID_CONFIGURATION: Row = Row {
    endpoint: Endpoint::Metadata,
    recorded: true,
    paths: &[
        "/oauth2/{issuer}/.well-known/openid-configuration",
        "/.well-known/openid-configuration/oauth2/{issuer}",
    ],
    methods: Methods::Get,
    cors: Cors::DOCUMENT,
    reads: Reads::Nothing,
    presents: presents_nothing,
    facts: no_facts,
    handle: |_, _, step| metadata(Document::OpenIdConfiguration, step),
};

pub(super) const OAUTH_AUTHORIZATION_SERVER: Row = Row {
    paths: &[
        "/oauth2/{issuer}/.well-known/oauth-authorization-server",
        "/.well-known/oauth-authorization-server/oauth2/{issuer}",
    ],
    handle: |_, _, step| metadata(Document::OAuthAuthorizationServer, step),
    ..OPENID_CONFIGURATION
};

fn metadata(document: Document, step: &Step<'_>) -> Reply {
    // The metadata may promise `iss` at the callback only if every app gets it.
    let iss_parameter = step.directory.common_dialect() == Dialect::Oidc;
    Reply::new(Answer::Metadata { document, iss_parameter }, Note::default())
}

#[cfg(test)]
mod tests {
    use super::{
        super::tests::{Case, get},
        *,
    };
    use crate::Config;

    fn answered(case: &Case, row: &Row) -> (Document, bool) {
        let reply = case.send(row, &get("/"));
        assert_eq!((&reply.note, &reply.cookie), (&Note::default(), &None));
        match reply.answer {
            Answer::Metadata { document, iss_parameter } => (document, iss_parameter),
            other => panic!("no metadata: {other:?}"),
        }
    }

    #[test]
    fn each_row_has_its_document() {
        let case = Case::new();
        assert_eq!(answered(&case, &OPENID_CONFIGURATION).0, Document::OpenIdConfiguration);
        assert_eq!(answered(&case, &OAUTH_AUTHORIZATION_SERVER).0, Document::OAuthAuthorizationServer);
    }

    #[test]
    fn iss_at_the_callback_is_promised_where_every_app_has_dialect_oidc() {
        assert!(!answered(&Case::new(), &OPENID_CONFIGURATION).1);
        let mut config = Config::demo();
        config.directory.apps.retain(|app| app.dialect == Dialect::Oidc);
        assert!(answered(&Case::with(config), &OPENID_CONFIGURATION).1);
    }
}
