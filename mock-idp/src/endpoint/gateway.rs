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
    use std::time::Duration;

    use fixtures::{SUBSCRIPTION_ID, subscriber};
    use http::StatusCode;

    use super::{
        super::tests::{Case, OIDC, Sent, TUTORIAL, get, post},
        *,
    };
    use crate::{
        gateway::BODY_LIMIT,
        grant::TokenOrder,
        protocol::text::{ApiKey, Username},
    };

    const PATH: &str = "/api/test/sales/v1/anything";

    fn token(case: &Case) -> String {
        case.mint(&TokenOrder::new()).access_token.unwrap()
    }

    /// A call for the demo's subscription.
    fn by(case: &Case, path: &str) -> Sent {
        get(path).bearer(&token(case)).header("subscription-id", SUBSCRIPTION_ID).header("request-id", "mine")
    }

    #[test]
    fn a_call_passes_and_is_noted() {
        let case = Case::new();
        let reply = case.send(&ROW, &by(&case, PATH));
        let Answer::Gateway { answer: GatewayAnswer::Json(_), request_id } = reply.answer else {
            panic!("no echo: {reply:?}")
        };
        assert_eq!(request_id, "mine");
        let note = Note::default()
            .param("path", Some("/sales/v1/anything"))
            .param("Subscription-Id", Some(SUBSCRIPTION_ID))
            .param("Request-Id", Some("mine"))
            .app(Some(ApiKey::new(TUTORIAL.0)))
            .user(Some(Username::new(subscriber::USERNAME)));
        assert_eq!(reply.note, note);
    }

    #[test]
    fn a_sample_resource_answers_in_place_of_the_echo() {
        let case = Case::new();
        let path = "/api/test/sales/inventory/v1/merchandisable-vehicles";
        let Answer::Gateway { answer, .. } = case.send(&ROW, &by(&case, path)).answer else {
            panic!("no answer of the gateway")
        };
        let ok = StatusCode::OK.as_u16();
        assert!(matches!(answer, GatewayAnswer::Resource(status, Some(_)) if status == ok), "{answer:?}");
    }

    #[test]
    fn an_api_secret_opens_the_simulator_alone() {
        let case = Case::new();
        let simulated = get(PATH).by(OIDC).header("subscription-id", "test");
        assert_eq!(case.send(&ROW, &simulated).note.rule(), None);
        let real = get(PATH).by(TUTORIAL).header("subscription-id", SUBSCRIPTION_ID);
        assert_eq!(case.refused(&ROW, &real), ("secret_outside_simulator", "gateway"));
    }

    #[test]
    fn a_call_with_one_mistake_is_refused() {
        let case = Case::new();
        let with_token = get(PATH).bearer(&token(&case));
        let too_big = "x".repeat(BODY_LIMIT + 1);
        for (sent, rule) in [
            (by(&case, "/api/test/"), "api_unknown"),
            (get(PATH), "authorization_missing"),
            (by(&case, PATH).bearer("x"), "authorization_repeated"),
            (get(PATH).bearer("e30.e30.c2ln"), "bearer_signature"),
            (with_token.clone(), "subscription_missing"),
            (with_token.clone().header("subscription-id", "x"), "subscription_unknown"),
            (by(&case, PATH).header("subscription-id", "x"), "subscription_repeated"),
            (post(PATH, &[]).by(OIDC).header("subscription-id", "test").body(too_big), "payload_too_big"),
        ] {
            assert_eq!(case.refused(&ROW, &sent), (rule, "gateway"));
        }
        let late = by(&case, PATH);
        case.issuer.advance(Duration::from_secs(4 * 3600));
        assert_eq!(case.refused(&ROW, &late), ("bearer_expired", "gateway"));
    }

    #[test]
    fn the_path_below_the_gateway_is_as_it_was_sent() {
        assert_eq!(path_below("/api/default/cdk/a%2Fb/"), "/cdk/a%2Fb/");
        assert_eq!(path_below("/api/default/"), "/");
        assert_eq!(path_below("/api/default"), "");
    }
}
