//! The description as JSON, in a form that generators of clients understand.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};
use utoipa::openapi::OpenApi;

/// The members that distinguish the variants of a schema.
const TAG_MEMBERS: [&str; 2] = ["kind", "mode"];

/// The document as JSON, with the parts of each `allOf` merged. Parts that allow no further members would refuse each
/// other's members (JSON Schema 2020-12 §10.3.2.3).
pub(super) fn flattened(document: &OpenApi) -> Value {
    let mut value = serde_json::to_value(document).unwrap_or_default();
    let schemas = value["components"]["schemas"].clone();
    flatten(&mut value, &schemas);
    name_kinds(&mut value);
    drop_unnamed(&mut value);
    value
}

fn flatten(value: &mut Value, schemas: &Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| flatten(item, schemas)),
        Value::Object(members) => {
            if let Some(Value::Array(parts)) = members.remove("allOf") {
                let mut whole = Map::new();
                for part in &parts {
                    join(&mut whole, part, schemas);
                }
                // The schema's own keywords take precedence over those of its parts.
                whole.extend(std::mem::take(members));
                *members = whole;
            }
            if let Some(Value::Array(parts)) = members.remove("prefixItems") {
                members.extend(tuple(parts));
            }
            if let Some(Value::Array(kinds)) = members.get_mut("oneOf") {
                kinds.iter_mut().filter_map(Value::as_object_mut).for_each(close);
            }
            if let Some(Value::String(description)) = members.get_mut("description") {
                *description = without_examples(description);
            }
            members.values_mut().for_each(|member| flatten(member, schemas));
        }
        _ => {}
    }
}

/// A list with a fixed number of parts, as generators of clients understand it: several of them reject `items: false`,
/// and those that do not know `prefixItems` need `items`.
fn tuple(parts: Vec<Value>) -> Map<String, Value> {
    let mut tuple = Map::new();
    tuple.insert("type".to_owned(), "array".into());
    tuple.insert("minItems".to_owned(), parts.len().into());
    tuple.insert("maxItems".to_owned(), parts.len().into());
    match &parts[..] {
        [first, others @ ..] if others.iter().all(|other| other == first) => {
            tuple.insert("items".to_owned(), first.clone());
        }
        _ => {
            tuple.insert("items".to_owned(), Value::Object(Map::new()));
            tuple.insert("prefixItems".to_owned(), parts.into());
        }
    }
    tuple
}

/// Gives each variant of a tagged schema its own name, such as `HangFaultKind`, and names the member that distinguishes
/// the variants: generators of clients make types of the names.
fn name_kinds(document: &mut Value) {
    let Some(schemas) = document["components"]["schemas"].as_object_mut() else { return };
    let mut named = Map::new();
    for (name, schema) in &mut *schemas {
        let Some(kinds) = schema.get_mut("oneOf").and_then(Value::as_array_mut) else { continue };
        let Some(member) =
            TAG_MEMBERS.iter().find(|member| kinds.iter().all(|kind| tag(kind, member).is_some()))
        else {
            continue;
        };
        let mut mapping = Map::new();
        for kind in kinds {
            let tag = tag(kind, member).unwrap_or_default().to_owned();
            let own_name = format!("{}{name}", upper_camel_case(&tag));
            let path = format!("#/components/schemas/{own_name}");
            named.insert(own_name, std::mem::replace(kind, json!({ "$ref": path })));
            mapping.insert(tag, path.into());
        }
        schema["discriminator"] = json!({ "propertyName": member, "mapping": mapping });
    }
    schemas.extend(named);
}

/// The value of `member` in this variant, if it can have only one.
fn tag<'a>(kind: &'a Value, member: &str) -> Option<&'a str> {
    match kind["properties"][member]["enum"].as_array()?.as_slice() {
        [tag] => tag.as_str(),
        _ => None,
    }
}

/// `rate_limit` → `RateLimit`.
fn upper_camel_case(text: &str) -> String {
    let upper = |word: &str| {
        let mut letters = word.chars();
        letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
    };
    text.split('_').map(upper).collect()
}

/// Removes the schemas that are no longer referenced after the parts have been merged.
fn drop_unnamed(document: &mut Value) {
    fn names(value: &Value, found: &mut Vec<String>) {
        match value {
            Value::Array(items) => items.iter().for_each(|item| names(item, found)),
            Value::Object(members) => {
                let name =
                    members.get("$ref").and_then(Value::as_str).and_then(|path| path.rsplit('/').next());
                found.extend(name.map(str::to_owned));
                members.values().for_each(|member| names(member, found));
            }
            _ => {}
        }
    }
    let (mut named, mut ahead) = (BTreeSet::new(), Vec::new());
    names(&document["paths"], &mut ahead);
    while let Some(name) = ahead.pop() {
        if named.insert(name.clone()) {
            names(&document["components"]["schemas"][&name], &mut ahead);
        }
    }
    if let Some(schemas) = document["components"]["schemas"].as_object_mut() {
        schemas.retain(|name, _| named.contains(name));
    }
}

/// Each variant lists all its members: the mock refuses other members.
fn close(kind: &mut Map<String, Value>) {
    if kind.contains_key("properties") {
        kind.entry("additionalProperties").or_insert(Value::Bool(false));
    }
}

/// Removes the Rust examples from the documentation of a type.
fn without_examples(text: &str) -> String {
    let prose = text.split_once("```").map_or(text, |(prose, _)| prose);
    prose.trim_end().to_owned()
}

/// Adds the keywords of a part to the merged schema.
fn join(whole: &mut Map<String, Value>, part: &Value, schemas: &Value) {
    let name = part["$ref"].as_str().and_then(|path| path.rsplit('/').next());
    let Some(part) = name.map_or(part, |name| &schemas[name]).as_object() else { return };
    for (keyword, value) in part {
        match (whole.get_mut(keyword), value) {
            (Some(Value::Object(known)), Value::Object(more)) => known.extend(more.clone()),
            (Some(Value::Array(known)), Value::Array(more)) => known.extend(more.iter().cloned()),
            (Some(_), _) => {}
            (None, value) => {
                whole.insert(keyword.clone(), value.clone());
            }
        }
    }
}
