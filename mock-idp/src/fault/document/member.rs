//! Changing one member of a document.

use serde_json::{Value, json};

/// The document with another value of one member.
pub(super) fn with(mut document: Value, name: &str, value: &str) -> Value {
    if let Some(members) = document.as_object_mut() {
        members.insert(name.to_owned(), json!(value));
    }
    document
}
