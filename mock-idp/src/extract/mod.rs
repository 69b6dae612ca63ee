//! From HTTP to protocol values.

mod body;
mod cookies;
mod issuer;

pub(crate) use body::{FORM_LIMIT, Form, FormRequest, Written};
pub(crate) use cookies::Cookies;
pub(crate) use issuer::IssuerAt;
