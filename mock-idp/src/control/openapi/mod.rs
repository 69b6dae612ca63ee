//! `/_mock/openapi.json`: the control API described by OpenAPI 3.1, made from the code that answers, and
//! `/_mock/openapi`: the same as a page.
//!
//! Both stand outside of the issuers and, with the same content, below each issuer's `/_mock`.

mod page;

use std::{collections::BTreeSet, sync::LazyLock};

use axum::{
    Json, Router,
    body::Body,
    http::{Method, StatusCode},
    response::Response,
};
use serde_json::{Map, Value, json};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{
        Content, Info, License, OpenApi, Ref, RefOr, Required, Response as Answer, Schema, Server, Tag, Type,
        path::{Operation, Parameter, ParameterBuilder, ParameterIn, PathItem},
        request_body::RequestBody,
        schema::{AdditionalProperties, ObjectBuilder, SchemaType},
    },
};
use utoipa_axum::routes;

use super::{At, BASE, Rooms, issuers, problem::Details};
use crate::{
    issuers::Issuers,
    ledger::{RefreshGrant, Session},
    respond,
};

/// What problems are sent as (RFC 9457 §6.1).
const PROBLEM: &str = "application/problem+json";

/// The members that tell the kinds of a thing apart.
const TAG_MEMBERS: [&str; 2] = ["kind", "mode"];

/// The groups of the description, in its order.
const TAGS: [(&str, &str); 13] = [
    ("Clock", "What time it is for this issuer: codes, tokens, sessions and refresh tokens age by it."),
    ("Sign-in", "Whether a person signs in, or the mock does it for them."),
    ("Faults", "Make it fail: there, for that app, user or sign-in, so often."),
    ("Journal", "What was asked and answered, and why it was refused."),
    ("Flows", "Each sign-in attempt as one story, read off the journal."),
    ("Keys", "The keys that sign tokens, and their rotation."),
    ("Tokens", "Tokens to order, without a flow."),
    ("Apps", "Register apps while the mock runs."),
    ("Users", "Create users while the mock runs."),
    ("Subscriptions", "Which dealers have subscribed to which apps."),
    ("Seed", "The same codes and identifiers again."),
    ("Providers", "What API providers are sent."),
    ("State", "The whole issuer as one document, to save, restore and reset."),
];

/// The routes of the control API, and what their handlers alone say of them. Made once in a process, by its first mock.
static ROOMS: LazyLock<(Router<Issuers>, OpenApi)> = LazyLock::new(|| {
    Rooms::default()
        .nest(BASE, super::rooms().routes(routes!(show)).routes(routes!(show_page)).fallback(super::nowhere))
        .merge(issuers::rooms())
        .split_for_parts()
});

/// The whole description. Made when somebody asks for it, as most mocks are never asked.
static DESCRIPTION: LazyLock<Description> = LazyLock::new(|| {
    let mut document = ROOMS.1.clone();
    describe(&mut document);
    Description { json: flattened(&document), document }
});

struct Description {
    document: OpenApi,
    /// The same as it is sent.
    json: Value,
}

/// The routes of the control API, without what stands outside of the issuers and describes them all.
pub(super) fn router() -> Router<Issuers> {
    use axum::routing::get;
    ROOMS
        .0
        .clone()
        .route("/_mock/openapi.json", get(show_outside))
        .route("/_mock/openapi", get(show_page_outside))
}

/// The control API described by OpenAPI 3.1: what `/_mock/openapi.json` answers.
///
/// ```
/// let description = mock_idp::control_api();
/// assert_eq!(description["openapi"], "3.1.0");
/// assert!(description["paths"]["/oauth2/{issuer}/_mock/clock/advance"]["post"].is_object());
/// ```
pub fn control_api() -> Value {
    DESCRIPTION.json.clone()
}

/// The paths below an issuer's `/_mock`.
pub(super) fn paths() -> impl Iterator<Item = &'static str> {
    ROOMS.1.paths.paths.keys().filter_map(|path| path.strip_prefix(BASE))
}

/// This description
#[utoipa::path(
    get,
    path = "/openapi.json",
    tag = "Description",
    responses((status = 200, body = Object, description = "OpenAPI 3.1"))
)]
async fn show(_: At) -> Json<&'static Value> {
    show_outside().await
}

async fn show_outside() -> Json<&'static Value> {
    Json(&DESCRIPTION.json)
}

/// This description as a page
#[utoipa::path(
    get,
    path = "/openapi",
    tag = "Description",
    responses((status = 200, body = String, content_type = "text/html", description = "The page"))
)]
async fn show_page(_: At) -> Response {
    show_page_outside().await
}

async fn show_page_outside() -> Response {
    static PAGE: LazyLock<page::DescriptionPage> =
        LazyLock::new(|| page::DescriptionPage::of(&DESCRIPTION.document, &DESCRIPTION.json));
    respond::html(StatusCode::OK, &*PAGE).map(Body::from)
}

/// Adds what is true of all operations, and what no single handler knows.
fn describe(document: &mut OpenApi) {
    let mut info = Info::new("Control API of mock-idp", env!("CARGO_PKG_VERSION"));
    info.description = Some(
        "What a test turns and reads while the mock runs. An issuer comes to life at the first use of its name; \
         `default` is always there. Only programs on this machine and the mock's own pages may use it. Errors are \
         problem details (RFC 9457) that name the field and what was probably meant."
            .to_owned(),
    );
    let mut license = License::new("MIT");
    license.identifier = Some("MIT".to_owned());
    info.license = Some(license);
    document.info = info;
    // Where the description was read from, and no credentials.
    document.servers = Some(vec![Server::new("/")]);
    document.security = Some(Vec::new());
    let tags = TAGS.into_iter().chain([
        ("Issuers", "Which issuers there are. These stand outside of them."),
        ("Description", "What you read here."),
    ]);
    document.tags = Some(
        tags.map(|(name, description)| {
            let mut tag = Tag::new(name);
            tag.description = Some(description.to_owned());
            tag
        })
        .collect(),
    );
    if let Some(components) = &mut document.components {
        let mut schemas = vec![(Details::name().into_owned(), Details::schema())];
        Details::schemas(&mut schemas);
        // The state's lists of pairs name these.
        Session::schemas(&mut schemas);
        RefreshGrant::schemas(&mut schemas);
        components.schemas.extend(schemas);
    }
    leave_out_names(document);
    for (path, item) in &mut document.paths.paths {
        if let Some(delete) = &mut item.delete {
            delete.request_body = Some(RefOr::T(nothing()));
        }
        let of_an_issuer = path.starts_with(BASE);
        if of_an_issuer {
            item.parameters.get_or_insert_default().push(RefOr::T(issuer()));
        }
        for (method, operation) in operations(item) {
            operation.operation_id = Some(operation_id(method, path));
            add_common_answers(method, operation, of_an_issuer);
        }
    }
}

/// The same with each shape in one piece. Parts that are joined by `allOf` and allow no further members would refuse
/// each other's (JSON Schema 2020-12 §10.3.2.3).
fn flattened(document: &OpenApi) -> Value {
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
                // What the whole says of itself comes first.
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

/// A list of so many parts, each of its own kind, in words that generators of clients understand: several of them take
/// `items: false` for a mistake, and those that do not know `prefixItems` need `items`.
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

/// Gives each kind of a tagged thing a name of its own, `HangFaultKind`, and says which member tells the kinds apart:
/// generators of clients make types of the names.
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

/// What `member` of this kind is, where it can be one thing only.
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

/// Leaves out the shapes that nothing names any more once their parts have been joined.
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

/// Each kind of a thing says all that it takes: the mock refuses what stands beside that.
fn close(kind: &mut Map<String, Value>) {
    if kind.contains_key("properties") {
        kind.entry("additionalProperties").or_insert(Value::Bool(false));
    }
}

/// The documentation of our types goes on with examples, for people who write Rust.
fn without_examples(text: &str) -> String {
    let prose = text.split_once("```").map_or(text, |(prose, _)| prose);
    prose.trim_end().to_owned()
}

/// Adds a part's members to the whole.
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

/// The body of a call that needs no more words: it marks the call as JSON, which no form of another page could do.
fn nothing() -> RequestBody {
    let empty = ObjectBuilder::new()
        .schema_type(SchemaType::from_iter([Type::Object, Type::Null]))
        .additional_properties(Some(AdditionalProperties::FreeForm(false)));
    let mut body = RequestBody::new();
    body.description = Some("An empty object, or nothing with `Content-Type: application/json`".to_owned());
    body.content.insert("application/json".to_owned(), RefOr::T(Content::new(Some(Schema::from(empty)))));
    body.required = Some(Required::False);
    body
}

/// The call that a request matched by its path and its method.
fn operation(path: &str, method: &Method) -> Option<&'static Operation> {
    let item = ROOMS.1.paths.paths.get(path)?;
    match *method {
        Method::GET | Method::HEAD => item.get.as_ref(),
        Method::PUT => item.put.as_ref(),
        Method::POST => item.post.as_ref(),
        Method::DELETE => item.delete.as_ref(),
        _ => None,
    }
}

/// Whether there is such a call, and it changes something.
pub(super) fn changes(path: &str, method: &Method) -> bool {
    !method.is_safe() && operation(path, method).is_some()
}

/// Whether there is such a call, and it takes no parameters in its query.
pub(super) fn takes_no_query(path: &str, method: &Method) -> bool {
    operation(path, method).is_some_and(|operation| !takes_query(operation))
}

/// What is sent to a path that names it need not say its name again: `NewApp` is an `App` whose `api_key` may be left
/// out, and so on.
fn leave_out_names(document: &mut OpenApi) {
    for (shape, name) in [("App", "api_key"), ("User", "username"), ("Subscription", "id")] {
        let Some(components) = &mut document.components else { return };
        let Some(RefOr::T(Schema::Object(whole))) = components.schemas.get(shape) else { continue };
        let mut nameless = whole.clone();
        nameless.required.retain(|field| field != name);
        let new = format!("New{shape}");
        components.schemas.insert(new.clone(), RefOr::T(Schema::Object(nameless)));
        let sent =
            document.paths.paths.values_mut().filter_map(|item| item.put.as_mut()?.request_body.as_mut());
        for body in sent {
            let RefOr::T(body) = body else { continue };
            for content in body.content.values_mut() {
                let RefOr::T(content) = content else { continue };
                if content.schema == Some(Ref::from_schema_name(shape).into()) {
                    content.schema = Some(Ref::from_schema_name(&new).into());
                }
            }
        }
    }
}

/// The parameter of all paths below an issuer.
fn issuer() -> Parameter {
    let name = ObjectBuilder::new()
        .schema_type(Type::String)
        .pattern(Some("^[A-Za-z0-9_-]{1,64}$"))
        .examples([Value::from("default")]);
    ParameterBuilder::new()
        .name("issuer")
        .parameter_in(ParameterIn::Path)
        .required(Required::True)
        .description(Some("The issuer's name, the last part of its URL"))
        .schema(Some(name))
        .build()
}

/// The operations of a path, by method.
fn operations(item: &mut PathItem) -> impl Iterator<Item = (&'static str, &mut Operation)> {
    [("get", &mut item.get), ("put", &mut item.put), ("post", &mut item.post), ("delete", &mut item.delete)]
        .into_iter()
        .filter_map(|(method, operation)| Some((method, operation.as_mut()?)))
}

/// `put_apps_api_key`.
fn operation_id(method: &str, path: &str) -> String {
    let below = path.strip_prefix(BASE).or_else(|| path.strip_prefix("/_mock")).unwrap_or(path);
    below
        .split(['/', '-', '.'])
        .filter(|word| !word.is_empty())
        .fold(method.to_owned(), |id, word| format!("{id}_{}", word.trim_matches(['{', '}'])))
}

/// What the guard, the extractors of [`super::input`] and the router answer before a handler is asked.
fn add_common_answers(method: &str, operation: &mut Operation, of_an_issuer: bool) {
    let mut common = vec![("403", "Not for pages from elsewhere, nor for names that are not this machine's")];
    if of_an_issuer {
        common.push(("404", "No such issuer"));
    }
    if operation.request_body.is_some() {
        common.push(("400", "The body is not JSON"));
        common.push(("413", "The body is too large"));
        common.push(("422", "The body does not fit; `field` says where"));
    }
    common.push((
        "400",
        if takes_query(operation) {
            "The query does not fit; `field` says where"
        } else {
            "There is a query, and this call takes none"
        },
    ));
    if method != "get" {
        common.push(("415", "The request is not marked as application/json"));
    }
    let answers = &mut operation.responses.responses;
    for (status, description) in common {
        let answer = answers.entry(status.to_owned()).or_insert_with(|| RefOr::T(Answer::new("")));
        let RefOr::T(answer) = answer else { continue };
        answer.description = [answer.description.as_str(), description]
            .into_iter()
            .filter(|text| !text.is_empty())
            .collect::<Vec<_>>()
            .join(". ");
        answer.content.clear();
    }
    for (_, answer) in answers.iter_mut().filter(|(status, _)| is_error(status)) {
        let RefOr::T(answer) = answer else { continue };
        let schema = Details::name();
        let problem = Content::new(Some(Ref::from_schema_name(schema)));
        answer.content = [(PROBLEM.to_owned(), RefOr::T(problem))].into_iter().collect();
    }
}

fn is_error(status: &str) -> bool {
    status.starts_with(['4', '5'])
}

fn takes_query(operation: &Operation) -> bool {
    let parameters = operation.parameters.iter().flatten();
    parameters
        .filter_map(|parameter| match parameter {
            RefOr::T(parameter) => Some(parameter),
            RefOr::Ref(_) => None,
        })
        .any(|parameter| parameter.parameter_in == ParameterIn::Query)
}
