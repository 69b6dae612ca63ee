//! The endpoints, one a file: a row of the table and a function that decides. They know neither axum nor tokio; the
//! pipeline reads requests for them and writes their answers.

mod api;
mod authorize;
mod client;
pub(crate) mod cookies;
pub(crate) mod form;
mod gateway;
mod introspect;
mod keys;
mod logout;
mod metadata;
pub(crate) mod reply;
pub(crate) mod request;
mod revoke;
pub(crate) mod row;
mod sign_in;
mod sign_in_page;
mod subscriptions;
mod token;
mod userinfo;

use row::Row;

/// Every kind of URL that an issuer answers, in the order in which a sign-in happens. Routes, methods, CORS, the
/// metadata's list and the journal's names come from here.
pub(crate) static TABLE: [Row; 14] = [
    metadata::OPENID_CONFIGURATION,
    metadata::OAUTH_AUTHORIZATION_SERVER,
    keys::ROW,
    authorize::ROW,
    sign_in::ROW,
    sign_in::FAULTS,
    token::ROW,
    userinfo::ROW,
    introspect::ROW,
    revoke::ROW,
    logout::ROW,
    gateway::ROW,
    subscriptions::LIST,
    subscriptions::CONTEXT,
];

/// What the paths of an issuer's endpoints begin with.
pub(crate) const ISSUER: &str = "/oauth2/{issuer}";
