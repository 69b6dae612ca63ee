//! The description as a page: a table of contents, then each operation with its parameters, body and answers, then the
//! schemas of bodies and answers. It needs no script and loads nothing.

use askama::Template;
use serde_json::Value;
use utoipa::openapi::{
    OpenApi, RefOr,
    path::{Operation, Parameter, PathItem},
};

use crate::control::at::BASE;

/// The page.
#[derive(Debug, Template)]
#[template(path = "openapi.html")]
pub(super) struct DescriptionPage {
    title: String,
    version: String,
    description: Prose,
    groups: Vec<Group>,
    shapes: Vec<Shape>,
}

/// Operations that belong together.
#[derive(Debug)]
struct Group {
    name: String,
    anchor: String,
    description: Prose,
    operations: Vec<Entry>,
}

/// One operation.
#[derive(Debug)]
struct Entry {
    anchor: String,
    method: &'static str,
    path: String,
    summary: String,
    description: Prose,
    parameters: Vec<Field>,
    body: Option<Type>,
    answers: Vec<(String, Option<Type>, Prose)>,
}

/// A parameter, or a member of a shape.
#[derive(Debug)]
struct Field {
    name: String,
    place: String,
    required: bool,
    kind: Type,
    description: Prose,
}

/// A shape with a name.
#[derive(Debug)]
struct Shape {
    name: String,
    description: Prose,
    /// Its type, if it has no members.
    kind: Type,
    fields: Vec<Field>,
}

/// The type of a value: text, with links to named schemas.
#[derive(Debug, Clone, Default)]
struct Type(Vec<Word>);

#[derive(Debug, Clone)]
enum Word {
    Text(String),
    Shape(String),
}

/// A text with code in it: every second part is code, as backticks mark it.
#[derive(Debug)]
struct Prose(Vec<String>);

impl Prose {
    fn of(text: impl AsRef<str>) -> Self {
        Self(text.as_ref().split('`').map(str::to_owned).collect())
    }

    fn is_empty(&self) -> bool {
        self.0.iter().all(String::is_empty)
    }
}

impl DescriptionPage {
    /// `json` is the document as it is sent.
    pub(super) fn of(document: &OpenApi, json: &Value) -> Self {
        let tags = document.tags.iter().flatten();
        let groups = tags.map(|tag| Group {
            anchor: tag.name.to_lowercase(),
            description: Prose::of(tag.description.as_deref().unwrap_or_default()),
            operations: operations(document, &tag.name),
            name: tag.name.clone(),
        });
        let schemas = json["components"]["schemas"].as_object().into_iter().flatten();
        let shapes = schemas.map(|(name, schema)| Shape::of(name, schema));
        Self {
            title: document.info.title.clone(),
            version: document.info.version.clone(),
            description: Prose::of(document.info.description.as_deref().unwrap_or_default()),
            groups: groups.collect(),
            shapes: shapes.collect(),
        }
    }
}

fn operations(document: &OpenApi, tag: &str) -> Vec<Entry> {
    let of_path = |(path, item): (&String, &PathItem)| -> Vec<Entry> {
        let methods =
            [("GET", &item.get), ("PUT", &item.put), ("POST", &item.post), ("DELETE", &item.delete)];
        methods
            .into_iter()
            .filter_map(|(method, operation)| Some((method, operation.as_ref()?)))
            .filter(|(_, operation)| operation.tags.iter().flatten().any(|own| own == tag))
            .map(|(method, operation)| Entry::of(method, path, operation))
            .collect()
    };
    document.paths.paths.iter().flat_map(of_path).collect()
}

impl Entry {
    fn of(method: &'static str, path: &str, operation: &Operation) -> Self {
        let parameters = operation.parameters.iter().flatten().filter_map(|parameter| match parameter {
            RefOr::T(parameter) => Some(Field::of_parameter(parameter)),
            RefOr::Ref(_) => None,
        });
        let body = match &operation.request_body {
            Some(RefOr::T(body)) => {
                body.content.values().next().map(|content| Type::of(&json(content)["schema"]))
            }
            Some(RefOr::Ref(_)) | None => None,
        };
        let answers = operation.responses.responses.iter().filter_map(|(status, answer)| match answer {
            RefOr::T(answer) => {
                let content = answer.content.values().next();
                let kind = content.map(|content| Type::of(&json(content)["schema"]));
                Some((status.clone(), kind, Prose::of(&answer.description)))
            }
            RefOr::Ref(_) => None,
        });
        Self {
            anchor: operation.operation_id.clone().unwrap_or_default(),
            method,
            path: path.strip_prefix(BASE).map_or_else(|| path.to_owned(), |below| format!("/_mock{below}")),
            summary: operation.summary.clone().unwrap_or_default(),
            description: Prose::of(operation.description.as_deref().unwrap_or_default()),
            parameters: parameters.collect(),
            body,
            answers: answers.collect(),
        }
    }
}

impl Field {
    fn of_parameter(parameter: &Parameter) -> Self {
        let place = json(&parameter.parameter_in);
        Self {
            name: parameter.name.clone(),
            place: place.as_str().unwrap_or_default().to_owned(),
            required: json(&parameter.required) == Value::Bool(true),
            kind: Type::of(&json(&parameter.schema)),
            description: Prose::of(parameter.description.as_deref().unwrap_or_default()),
        }
    }
}

impl Shape {
    fn of(name: &str, schema: &Value) -> Self {
        let required: Vec<&str> =
            schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        let members = schema["properties"].as_object().into_iter().flatten();
        let fields = members.map(|(name, member)| Field {
            name: name.clone(),
            place: String::new(),
            required: required.contains(&name.as_str()),
            kind: Type::of(member),
            description: description(member),
        });
        Self {
            name: name.to_owned(),
            description: description(schema),
            kind: Type::of(schema),
            fields: fields.collect(),
        }
    }
}

impl Type {
    /// A schema (JSON Schema 2020-12) in words.
    fn of(schema: &Value) -> Self {
        if let Some(name) = schema["$ref"].as_str().and_then(|path| path.rsplit('/').next()) {
            return Self(vec![Word::Shape(name.to_owned())]);
        }
        if let Some(values) = schema["enum"].as_array() {
            return Self::text(&values.iter().map(Value::to_string).collect::<Vec<_>>().join(" | "));
        }
        for kind in ["oneOf", "anyOf"] {
            if let Some(choices) = schema[kind].as_array() {
                return Self::joined(choices.iter().map(Self::of), " | ");
            }
        }
        if let Some(parts) = schema["allOf"].as_array() {
            return Self::joined(parts.iter().map(Self::of), " & ");
        }
        if let Some(parts) = schema["prefixItems"].as_array() {
            return Self::joined(parts.iter().map(Self::of), ", ").between("[", "]");
        }
        match &schema["type"] {
            Value::String(name) if name == "array" && schema["maxItems"] == 2 => {
                let part = Self::of(&schema["items"]);
                Self::joined([part.clone(), part].into_iter(), ", ").between("[", "]")
            }
            Value::String(name) if name == "array" => Self::of(&schema["items"]).between("list of ", ""),
            Value::String(name) if name == "object" => Self::object(schema),
            Value::String(name) => Self::text(&[name.as_str(), &note(schema)].concat()),
            Value::Array(names) => {
                let alone = |name: &Value| {
                    let mut alone = schema.clone();
                    alone["type"] = name.clone();
                    Self::of(&alone)
                };
                Self::joined(names.iter().map(alone), " | ")
            }
            _ => Self::text("anything"),
        }
    }

    fn object(schema: &Value) -> Self {
        let Some(members) = schema["properties"].as_object() else { return Self::text("object") };
        let members = members.iter().map(|(name, member)| Self::of(member).between(&format!("{name}: "), ""));
        Self::joined(members, ", ").between("{ ", " }")
    }

    fn text(text: &str) -> Self {
        Self(vec![Word::Text(text.to_owned())])
    }

    fn joined(types: impl Iterator<Item = Self>, separator: &str) -> Self {
        let mut words = Vec::new();
        for kind in types {
            if !words.is_empty() {
                words.push(Word::Text(separator.to_owned()));
            }
            words.extend(kind.0);
        }
        Self(words)
    }

    fn between(self, before: &str, after: &str) -> Self {
        let mut words = vec![Word::Text(before.to_owned())];
        words.extend(self.0);
        words.push(Word::Text(after.to_owned()));
        Self(words)
    }
}

/// Format and bounds of a simple value: ` (date-time)`.
fn note(schema: &Value) -> String {
    let bound = |name: &str| schema.get(name).map(Value::to_string);
    let range = match (bound("minimum"), bound("maximum")) {
        (Some(least), Some(most)) => Some(format!("{least} to {most}")),
        (None, Some(most)) => Some(format!("at most {most}")),
        (Some(_) | None, None) => None,
    };
    let format = schema["format"].as_str().filter(|format| !format.starts_with("int")).map(str::to_owned);
    match format.or(range) {
        Some(note) => format!(" ({note})"),
        None => String::new(),
    }
}

fn description(schema: &Value) -> Prose {
    // The description of a nullable value is in its non-null choice.
    let of_choice = || schema["oneOf"].as_array()?.iter().find_map(|choice| choice["description"].as_str());
    Prose::of(schema["description"].as_str().or_else(of_choice).unwrap_or_default())
}

/// A part of the document as it is sent.
fn json(part: &impl serde::Serialize) -> Value {
    serde_json::to_value(part).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn words(schema: &Value) -> String {
        let words = Type::of(schema).0.into_iter().map(|word| match word {
            Word::Text(text) => text,
            Word::Shape(name) => format!("<{name}>"),
        });
        words.collect()
    }

    #[test]
    fn schemas_are_put_in_words() {
        for (schema, expected) in [
            (json!({ "type": "string", "format": "date-time" }), "string (date-time)"),
            (json!({ "type": "integer", "format": "int64", "minimum": 1, "maximum": 9 }), "integer (1 to 9)"),
            (json!({ "type": "integer", "format": "int64", "minimum": 0 }), "integer"),
            (json!({ "type": ["string", "null"] }), "string | null"),
            (json!({ "type": "string", "enum": ["a", "b"] }), "\"a\" | \"b\""),
            (json!({ "type": "array", "items": { "$ref": "#/components/schemas/App" } }), "list of <App>"),
            (
                json!({ "oneOf": [{ "type": "null" }, { "$ref": "#/components/schemas/App" }] }),
                "null | <App>",
            ),
            (
                json!({ "type": "array", "items": { "prefixItems": [{ "type": "string" }, {}] } }),
                "list of [string, anything]",
            ),
            (
                json!({ "type": "array", "items": { "type": "string" }, "minItems": 2, "maxItems": 2 }),
                "[string, string]",
            ),
            (json!({ "type": "object", "properties": { "mode": { "enum": ["x"] } } }), "{ mode: \"x\" }"),
            (json!({ "type": "object" }), "object"),
        ] {
            assert_eq!(words(&schema), expected, "{schema}");
        }
    }

    #[test]
    fn what_may_be_null_is_described_too() {
        let schema = json!({ "oneOf": [{ "$ref": "#/x", "description": "Who." }, { "type": "null" }] });
        assert_eq!(description(&schema).0, ["Who."]);
    }

    #[test]
    fn backticks_become_code() {
        assert_eq!(Prose::of("see `/clock` there").0, ["see ", "/clock", " there"]);
        assert!(Prose::of("").is_empty());
    }
}
