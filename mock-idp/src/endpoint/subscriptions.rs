//! `/subscriptions/{issuer}/v1/solution/subscriptions`: Fortellis' Subscriptions API, where an app finds out who has
//! subscribed to it and what to send as `Subscription-Id` ("Using the Subscriptions Endpoint").
//!
//! `http://localhost:9100/subscriptions/default` stands for `https://subscriptions.fortellis.io`. It asks for the
//! app's token as the gateway does, and for no `Subscription-Id`.

use serde_json::{Value, json};

use super::{
    api::{facts, gate, proof, request_id},
    reply::{Answer, GatewayAnswer, Reply},
    request::Request,
    row::{Cors, Methods, Reads, Row},
};
use crate::{
    directory::{App, Directory, Subscription, SubscriptionStatus},
    gateway::{Caller, identify},
    journal::Note,
    protocol::{endpoint::Endpoint, near_miss, text::SubscriptionId},
    refusal::GatewayRefusal,
    step::Step,
};

pub(super) const LIST: Row = Row {
    endpoint: Endpoint::Subscriptions,
    recorded: true,
    paths: &["/subscriptions/{issuer}/v1/solution/subscriptions"],
    methods: Methods::Get,
    cors: Cors::API,
    reads: Reads::Nothing,
    presents: Request::bearer,
    facts,
    handle: |request, _, step| answer(request, step, |caller, directory| Ok(list(caller, directory))),
};

pub(super) const CONTEXT: Row = Row {
    paths: &["/subscriptions/{issuer}/v1/solution/subscriptions/{named}/context"],
    handle: |request, _, step| {
        let id = SubscriptionId::new(request.named.clone().unwrap_or_default());
        answer(request, step, |caller, directory| context(&id, caller, directory))
    },
    ..LIST
};

fn list(caller: &Caller, directory: &Directory) -> Value {
    let own = directory.subscriptions.iter().filter(|one| one.app == caller.api_key);
    json!({ "subscriptions": own.map(entry).collect::<Vec<_>>() })
}

fn context(id: &SubscriptionId, caller: &Caller, directory: &Directory) -> Result<Value, GatewayRefusal> {
    let known = || directory.subscriptions.iter().filter(|one| one.app == caller.api_key);
    let Some(subscription) = known().find(|one| one.id == *id) else {
        let near = near_miss::nearest(id.as_str(), known().map(|one| one.id.as_str())).map(str::to_owned);
        return Err(GatewayRefusal::SubscriptionUnknown { id: id.clone(), near });
    };
    Ok(details(subscription, directory.app(&caller.api_key)))
}

/// Lets an app that has proved who it is ask about its subscriptions.
fn answer(
    request: &Request,
    step: &mut Step<'_>,
    ask: impl FnOnce(&Caller, &Directory) -> Result<Value, GatewayRefusal>,
) -> Reply {
    let request_id = request_id(request, step);
    let proof = proof(request, step.issuer);
    let gate = gate(step);
    let caller = identify(proof, &gate);
    let mut note = Note::default().param("Request-Id", Some(&request_id));
    if let Ok(caller) = &caller {
        note = note.app(Some(caller.api_key.clone())).user(caller.user.clone());
    }
    let answer = match caller.and_then(|caller| ask(&caller, gate.directory)) {
        Ok(body) => GatewayAnswer::Json(body),
        Err(refusal) => {
            note = note.explained(refusal.explain());
            GatewayAnswer::Refused(refusal)
        }
    };
    Reply::new(Answer::Gateway { answer, request_id }, note)
}

fn entry(subscription: &Subscription) -> Value {
    let date = |date: Option<jiff::civil::Date>| date.map(|date| date.to_string()).unwrap_or_default();
    json!({
        "subscriptionId": subscription.id,
        "orgId": subscription.organization.id,
        "orgName": subscription.organization.name,
        "status": match subscription.status {
            SubscriptionStatus::Active => "active",
            SubscriptionStatus::Inactive => "inactive",
        },
        "activationDate": date(subscription.activation_date),
        "deactivationDate": date(subscription.deactivation_date),
    })
}

/// What Fortellis tells of a subscription.
fn details(subscription: &Subscription, app: Option<&App>) -> Value {
    json!({
        "organizationInfo": subscription.organization.info(),
        "appInfo": {
            "id": subscription.app,
            "name": app.map(|app| app.name.as_str()).unwrap_or_default(),
            "developer": "",
            "contactEmail": "",
        },
    })
}

#[cfg(test)]
mod tests {
    use fixtures::{SUBSCRIPTION_ID, subscriber};

    use super::{
        super::tests::{Case, OIDC, Sent, TUTORIAL, get},
        *,
    };
    use crate::{
        grant::TokenOrder,
        protocol::text::{ApiKey, Username},
    };

    /// A request by the app, for a user.
    fn by(case: &Case, (api_key, _): (&str, &str)) -> Sent {
        let token = case.mint(&TokenOrder::new().app(api_key)).access_token.unwrap();
        get("/").bearer(&token).header("request-id", "mine")
    }

    fn told(case: &Case, row: &Row, sent: &Sent) -> Value {
        let reply = case.send(row, sent);
        match reply.answer {
            Answer::Gateway { answer: GatewayAnswer::Json(told), request_id } => {
                assert_eq!(request_id, "mine");
                told
            }
            other => panic!("no JSON: {other:?}"),
        }
    }

    #[test]
    fn an_app_gets_its_own_subscriptions() {
        let case = Case::new();
        let list = told(&case, &LIST, &by(&case, TUTORIAL));
        assert_eq!(list["subscriptions"][0]["subscriptionId"], SUBSCRIPTION_ID);
        assert_eq!(told(&case, &LIST, &by(&case, OIDC)), json!({ "subscriptions": [] }));
        let note = Note::default().param("Request-Id", Some("mine")).app(Some(ApiKey::new(TUTORIAL.0)));
        let note = note.user(Some(Username::new(subscriber::USERNAME)));
        assert_eq!(case.send(&LIST, &by(&case, TUTORIAL)).note, note);
    }

    #[test]
    fn the_context_of_a_subscription_is_for_its_app() {
        let case = Case::new();
        let sent = by(&case, TUTORIAL).named(SUBSCRIPTION_ID);
        assert_eq!(told(&case, &CONTEXT, &sent)["appInfo"]["id"], TUTORIAL.0);
        let sent = by(&case, OIDC).named(SUBSCRIPTION_ID);
        assert_eq!(case.refused(&CONTEXT, &sent), ("subscription_unknown", "gateway"));
    }

    #[test]
    fn a_request_without_a_usable_token_is_refused() {
        let case = Case::new();
        for (sent, rule) in [
            (get("/"), "authorization_missing"),
            (by(&case, TUTORIAL).bearer("x"), "authorization_repeated"),
            (get("/").bearer("e30.e30.c2ln"), "bearer_signature"),
        ] {
            assert_eq!(case.refused(&LIST, &sent), (rule, "gateway"));
        }
    }
}
