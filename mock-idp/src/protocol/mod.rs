//! The words of OAuth, one word a file. Pure: no clock, no socket, no state.

pub(crate) mod authorization_request;
pub(crate) mod claims;
pub(crate) mod endpoint;
pub(crate) mod flow_id;
pub(crate) mod grant_type;
pub(crate) mod id_token_hint;
pub(crate) mod json;
pub(crate) mod jwk;
pub(crate) mod jwt;
pub(crate) mod lifetimes;
pub(crate) mod members;
pub(crate) mod metadata;
pub(crate) mod near_miss;
pub(crate) mod params;
pub(crate) mod pkce;
pub(crate) mod prompt;
pub(crate) mod redirect_uri;
pub(crate) mod response;
pub(crate) mod scope;
pub(crate) mod text;
pub(crate) mod timestamp;
