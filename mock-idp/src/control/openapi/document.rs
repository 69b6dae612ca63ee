//! What the description says beyond its handlers: its head, and the answers that all operations have in common.

use serde_json::Value;
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{
        Content, Info, License, OpenApi, Ref, RefOr, Required, Response as Answer, Schema, Server, Tag, Type,
        path::{Operation, Parameter, ParameterBuilder, ParameterIn, PathItem},
        request_body::RequestBody,
        schema::{AdditionalProperties, ObjectBuilder, SchemaType},
    },
};

use crate::{
    control::{at::BASE, problem::ProblemDetails},
    ledger::{RefreshGrant, Session},
};

/// What problems are sent as (RFC 9457 §6.1).
const PROBLEM: &str = "application/problem+json";

/// The groups of the description, in its order.
const TAGS: [(&str, &str); 13] = [
    ("Clock", "The clock of this issuer: codes, tokens, sessions and refresh tokens age by it."),
    ("Sign-in", "Whether a person signs in, or the mock signs a user in."),
    ("Faults", "Faults: at an endpoint, for an app, a user or a sign-in, a number of times."),
    ("Journal", "Requests and answers, with the reason for each refusal."),
    ("Flows", "The steps of each sign-in attempt, derived from the journal."),
    ("Keys", "The keys that sign tokens, and their rotation."),
    ("Tokens", "Tokens without a flow."),
    ("Apps", "Register apps while the mock runs."),
    ("Users", "Create users while the mock runs."),
    ("Subscriptions", "The subscriptions of dealers to apps."),
    ("Seed", "Repeatable codes and identifiers."),
    ("Providers", "The requests that Fortellis sends to API providers."),
    ("State", "The whole issuer as one document, to save, restore and reset."),
];

/// Adds what applies to all operations, and what no single handler knows.
pub(super) fn describe(document: &mut OpenApi) {
    let mut info = Info::new("Control API of mock-idp", env!("CARGO_PKG_VERSION"));
    info.description = Some(
        "What a test sets and reads while the mock runs. An issuer comes to life at the first use of its name; \
         `default` is always there. Only programs on this machine and the mock's own pages may use it. Errors are \
         problem details (RFC 9457) that name the field and what was probably meant."
            .to_owned(),
    );
    let mut license = License::new("MIT");
    license.identifier = Some("MIT".to_owned());
    info.license = Some(license);
    document.info = info;
    // Relative to the URL of the description. No credentials.
    document.servers = Some(vec![Server::new("/")]);
    document.security = Some(Vec::new());
    let tags = TAGS.into_iter().chain([
        ("Issuers", "The issuers. These paths are not below an issuer."),
        ("Description", "This description."),
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
        let mut schemas = vec![(ProblemDetails::name().into_owned(), ProblemDetails::schema())];
        ProblemDetails::schemas(&mut schemas);
        // The lists of pairs in the state refer to these.
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

/// The body of a call without parameters. It marks the call as JSON, which a form of another page cannot do.
fn nothing() -> RequestBody {
    let empty = ObjectBuilder::new()
        .schema_type(SchemaType::from_iter([Type::Object, Type::Null]))
        .additional_properties(Some(AdditionalProperties::FreeForm(false)));
    let mut body = RequestBody::new();
    body.description = Some("An empty object, or no body with `Content-Type: application/json`".to_owned());
    body.content.insert("application/json".to_owned(), RefOr::T(Content::new(Some(Schema::from(empty)))));
    body.required = Some(Required::False);
    body
}

/// An item need not contain its name if it is sent to a path that contains it: `NewApp` is an `App` whose `api_key` may
/// be left out.
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

/// What the guard, the extractors of [`crate::control::input`] and the router answer before a handler is called.
fn add_common_answers(method: &str, operation: &mut Operation, of_an_issuer: bool) {
    let mut common =
        vec![("403", "Not for pages of other sites, and not for host names other than this machine's")];
    if of_an_issuer {
        common.push(("404", "No such issuer"));
    }
    if operation.request_body.is_some() {
        common.push(("400", "The body is not JSON"));
        common.push(("413", "The body is too large"));
        common.push(("422", "The body is not valid; `field` says where"));
    }
    common.push((
        "400",
        if takes_query(operation) {
            "The query is not valid; `field` says where"
        } else {
            "There is a query, but this call takes none"
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
        let schema = ProblemDetails::name();
        let problem = Content::new(Some(Ref::from_schema_name(schema)));
        answer.content = [(PROBLEM.to_owned(), RefOr::T(problem))].into_iter().collect();
    }
}

fn is_error(status: &str) -> bool {
    status.starts_with(['4', '5'])
}

/// Whether an operation takes parameters in its query.
pub(super) fn takes_query(operation: &Operation) -> bool {
    let parameters = operation.parameters.iter().flatten();
    parameters
        .filter_map(|parameter| match parameter {
            RefOr::T(parameter) => Some(parameter),
            RefOr::Ref(_) => None,
        })
        .any(|parameter| parameter.parameter_in == ParameterIn::Query)
}
