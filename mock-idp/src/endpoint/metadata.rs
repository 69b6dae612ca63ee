//! `GET /.well-known/…`: what the issuer says of itself (RFC 8414 §3, OpenID Connect Discovery §4), open to every
//! browser page. Both documents are served below the issuer and, as RFC 8414 §3.1 has it, in front of its path.

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
    // `iss` on the callback may only be promised where every app gets it.
    let iss_parameter = step.directory.common_dialect() == Dialect::Oidc;
    Reply::new(Answer::Metadata { document, iss_parameter }, Note::default())
}
