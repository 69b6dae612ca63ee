//! The words of OAuth, one word a file. Pure: no clock, no socket, no state.

pub mod authorization_request;
pub mod claims;
pub mod endpoint;
pub mod flow_id;
pub mod grant_type;
pub mod id_token_hint;
pub mod jwk;
pub mod jwt;
pub mod lifetimes;
pub mod metadata;
pub mod near_miss;
pub mod params;
pub mod pkce;
pub mod prompt;
pub mod redirect_uri;
pub mod refusal;
pub mod response;
pub mod scope;
pub mod text;
pub mod timestamp;
