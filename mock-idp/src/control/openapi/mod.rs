//! `/_mock/openapi.json`: the control API described by OpenAPI 3.1, generated from its handlers; `/_mock/openapi`: the
//! same as a page.
//!
//! Both are available outside the issuers and, with the same content, below each issuer's `/_mock`.

mod document;
mod flat;
mod page;
mod served;

pub use served::control_api;
pub(super) use served::{changes, router, takes_no_query};
