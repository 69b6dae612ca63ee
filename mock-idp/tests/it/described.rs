//! The control API's description, compared with actual requests and answers.

use std::{
    collections::HashMap,
    sync::{Arc, LazyLock, Mutex},
};

use jsonschema::Validator;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::Answer;

/// The description.
pub(crate) static DOCUMENT: LazyLock<Value> = LazyLock::new(mock_idp::control_api);

/// The media types of JSON.
const JSON: [&str; 2] = ["application/json", "application/problem+json"];

/// An operation of the description.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Operation {
    pub(crate) path: &'static str,
    pub(crate) method: &'static str,
    pub(crate) description: &'static Value,
}

/// All of them.
pub(crate) fn operations() -> impl Iterator<Item = Operation> {
    paths().flat_map(|(path, item)| {
        item.iter()
            .filter(|(name, _)| name.as_str() != "parameters")
            .map(move |(method, description)| Operation { path, method, description })
    })
}

fn paths() -> impl Iterator<Item = (&'static str, &'static serde_json::Map<String, Value>)> {
    let paths = DOCUMENT["paths"].as_object().unwrap();
    paths.iter().map(|(path, item)| (path.as_str(), item.as_object().unwrap()))
}

impl Operation {
    /// Its name.
    pub(crate) fn id(self) -> &'static str {
        self.description["operationId"].as_str().unwrap()
    }

    /// The schema of its body, if it takes one.
    pub(crate) fn body(self) -> Option<&'static Value> {
        self.description.get("requestBody").map(|body| &body["content"]["application/json"]["schema"])
    }
}

/// The operation that a request is for: literal segments come before parameters.
fn operation(method: &Method, path: &str) -> Option<Operation> {
    let parameters = |template: &str| template.matches('{').count();
    operations()
        .filter(|one| one.method.eq_ignore_ascii_case(method.as_str()) && fits(one.path, path))
        .min_by_key(|one| parameters(one.path))
}

fn fits(template: &str, path: &str) -> bool {
    let (template, path): (Vec<&str>, Vec<&str>) = (template.split('/').collect(), path.split('/').collect());
    let fits = |(own, sent): (&&str, &&str)| own == sent || (own.starts_with('{') && !sent.is_empty());
    template.len() == path.len() && template.iter().zip(&path).all(fits)
}

/// Fails unless the description documents this answer: its status, its media type and its schema.
#[track_caller]
pub(crate) fn assert_documented(method: &Method, path: &str, answer: &Answer) {
    let Some(operation) = operation(method, path) else { return };
    let what = format!("{method} {path} answered {}: {}", answer.status, answer.body);
    let documented = &operation.description["responses"][answer.status.to_string()];
    assert!(documented.is_object(), "an answer that is not documented: {what}");
    let media_type = answer.header("content-type");
    let Some(content) = documented["content"].as_object() else {
        assert!(answer.body.is_empty(), "no body is documented: {what}");
        return;
    };
    let bare = media_type.split(';').next().unwrap();
    assert!(content.contains_key(bare), "{media_type:?} is not documented: {what}");
    if JSON.contains(&bare) {
        let errors = errors(&content[bare]["schema"], &answer.json());
        assert!(errors.is_empty(), "{errors:?}: {what}");
    }
}

/// Where a JSON value does not match a schema.
pub(crate) fn errors(schema: &Value, value: &Value) -> Vec<String> {
    // Compiling a schema is slow, and there are few of them.
    static VALIDATORS: LazyLock<Mutex<HashMap<String, Arc<Validator>>>> = LazyLock::new(Mutex::default);
    let known = VALIDATORS.lock().unwrap().get(&schema.to_string()).cloned();
    let validator = known.unwrap_or_else(|| {
        let validator = Arc::new(compiled(schema));
        VALIDATORS.lock().unwrap().insert(schema.to_string(), validator.clone());
        validator
    });
    validator.iter_errors(value).map(|error| format!("{} {error}", error.instance_path())).collect()
}

fn compiled(schema: &Value) -> Validator {
    let mut schema = schema.clone();
    schema["components"] = json!({ "schemas": DOCUMENT["components"]["schemas"] });
    jsonschema::draft202012::options().should_validate_formats(true).build(&schema).unwrap()
}

/// The checks find planted violations.
mod planted {
    use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderValue};

    use super::*;

    fn answer(status: u16, media_type: &'static str, body: &str) -> Answer {
        let headers = HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static(media_type))]);
        Answer { status, headers, body: body.to_owned() }
    }

    fn complaint(answer: Answer) -> String {
        let check = move || assert_documented(&Method::GET, "/oauth2/x/_mock/clock", &answer);
        let panic = std::panic::catch_unwind(check).expect_err("undocumented");
        panic.downcast_ref::<String>().unwrap().clone()
    }

    #[test]
    fn an_answer_that_is_not_documented_is_found() {
        let clock = r#"{"now":"2026-01-02T03:04:05Z","frozen":true}"#;
        assert_documented(&Method::GET, "/oauth2/x/_mock/clock", &answer(200, JSON[0], clock));
        assert!(complaint(answer(418, JSON[0], clock)).starts_with("an answer that is not documented"));
        assert!(complaint(answer(200, "text/plain", clock)).starts_with("\"text/plain\" is not documented"));
        let wrong = r#"{"now":"yesterday","frozen":"yes","more":1}"#;
        let complaint = complaint(answer(200, JSON[0], wrong));
        assert!(
            complaint.contains("/frozen") && complaint.contains("/now") && complaint.contains("more"),
            "{complaint}"
        );
    }
}
