//! From decisions to HTTP: JSON errors, redirects, pages, token answers. Every answer is complete: status, headers, body.

mod answer;
mod callback;
mod gateway;
mod oauth_error;
mod page;
mod token;

pub(crate) use answer::{Response, empty, json, no_store, redirect, written_json};
pub(crate) use callback::{CallbackTarget, Parameters};
pub(crate) use gateway::{Echo, gateway_error, gateway_json, with_request_id};
pub(crate) use oauth_error::{bearer_error, oauth_error, unknown_issuer, unknown_path};
pub(crate) use page::{FaultsPage, STYLE, SignInPage, SignedOutPage, html, refusal_page};
pub use token::TokenAnswer;
