//! `/api/{issuer}/…`: the API gateway. It lets a call pass or answers with one of Fortellis' error codes.

use http::HeaderName;
use serde_json::json;

use super::{
    api::{facts, gate, proof, request_id},
    reply::{Answer, GatewayAnswer, Reply},
    request::Request,
    row::{Cors, Methods, Reads, Row},
};
use crate::{
    fault::RequestFacts,
    gateway::{Call, Caller, Refused, judge},
    journal::Note,
    protocol::endpoint::Endpoint,
    respond::Echo,
    step::Step,
};

const SUBSCRIPTION_ID: HeaderName = HeaderName::from_static("subscription-id");

pub(super) const ROW: Row = Row {
    endpoint: Endpoint::Gateway,
    recorded: true,
    paths: &["/api/{issuer}", "/api/{issuer}/", "/api/{issuer}/{*path}"],
    methods: Methods::Any,
    cors: Cors::API,
    reads: Reads::Body,
    presents: Request::bearer,
    facts,
    handle: call,
};

fn call(request: &Request, _: &RequestFacts, step: &mut Step<'_>) -> Reply {
    let request_id = request_id(request, step);
    let subscription_ids = request.header_values(&SUBSCRIPTION_ID);
    let call = Call {
        method: request.method.as_str(),
        path: path_below(request.uri.path()),
        subscription_ids: &subscription_ids,
        is_too_big: request.is_too_large,
    };
    let proof = proof(request, step.issuer);
    let (answer, note) = match judge(&call, proof, gate(step)) {
        Ok(pass) => {
            let note = note(&call, Some(&pass.caller), &request_id);
            let answer = match pass.resource {
                Some((status, body)) => GatewayAnswer::Resource(status, body),
                None => GatewayAnswer::Json(json!(Echo::of(&call, &pass, &request_id))),
            };
            (answer, note)
        }
        Err(Refused { refusal, caller }) => {
            let note = note(&call, caller.as_deref(), &request_id).explained(refusal.explain());
            (GatewayAnswer::Refused(refusal), note)
        }
    };
    Reply::new(Answer::Gateway { answer, request_id }, note)
}

/// The path below `/api/{issuer}`, as it was sent.
fn path_below(path: &str) -> &str {
    path.match_indices('/').nth(2).map_or("", |(slash, _)| &path[slash..])
}

fn note(call: &Call<'_>, caller: Option<&Caller>, request_id: &str) -> Note {
    Note::default()
        .param("path", Some(call.path))
        .param("Subscription-Id", call.subscription_ids.first().copied())
        .param("Request-Id", Some(request_id))
        .app(caller.map(|caller| caller.api_key.clone()))
        .user(caller.and_then(|caller| caller.user.clone()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_path_below_the_gateway_is_as_it_was_sent() {
        assert_eq!(path_below("/api/default/cdk/a%2Fb/"), "/cdk/a%2Fb/");
        assert_eq!(path_below("/api/default/"), "/");
        assert_eq!(path_below("/api/default"), "");
    }
}
