//! Whether an API call may pass, by the rules of Fortellis' gateway (its pages "Request Components" and "Fortellis Error
//! Codes"). Pure.
//!
//! The parts of a call are checked in this order: the API, the credentials, the app's right to the API, the subscription,
//! the body, the quota. The first error is the answer.

use serde_json::Value;

use super::{Caller, Gate, GatewayRules, Proof};
use crate::{
    directory::{Directory, Organization, Resource, SubscriptionStatus},
    protocol::{
        near_miss,
        text::{ApiKey, SubscriptionId},
    },
    refusal::GatewayRefusal,
};

/// The `Subscription-Id` of Fortellis' simulator: an invented dealer that has subscribed to every app.
const SIMULATOR: &str = "test";

/// The largest body that passes, in bytes.
pub(crate) const BODY_LIMIT: usize = 10 * 1024 * 1024;

/// The parts of an API call that the gateway checks.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Call<'a> {
    /// The HTTP method.
    pub method: &'a str,
    /// The path below the gateway, percent-encoded, without the query.
    pub path: &'a str,
    /// The values of the header `Subscription-Id`. There should be one.
    pub subscription_ids: &'a [&'a str],
    /// Whether the body is larger than [`BODY_LIMIT`].
    pub is_too_big: bool,
}

/// A call that may pass.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Pass {
    /// Who calls.
    pub caller: Caller,
    /// The subscription of the call.
    pub subscription: SubscriptionId,
    /// The dealer who has the subscription.
    pub organization: Organization,
    /// The status and body of the sample resource that answers. Without one, the answer is an echo.
    pub resource: Option<(u16, Option<Value>)>,
}

/// A call that may not pass.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refused {
    /// Why.
    pub refusal: GatewayRefusal,
    /// Who calls, if that is known.
    pub caller: Option<Box<Caller>>,
}

/// Judges a call.
pub(crate) fn judge(
    call: &Call<'_>,
    proof: Result<Proof, GatewayRefusal>,
    mut gate: Gate<'_>,
) -> Result<Pass, Refused> {
    let nobody = |refusal| Refused { refusal, caller: None };
    let api = api(call, gate.directory, gate.rules).map_err(nobody)?;
    let caller = identify(proof, &gate).map_err(nobody)?;
    match gate.admit(call, &caller, &api) {
        Ok((subscription, organization)) => {
            Ok(Pass { caller, subscription, organization, resource: api.answer })
        }
        Err(refusal) => Err(Refused { refusal, caller: Some(Box::new(caller)) }),
    }
}

/// Identifies the caller without checking the call.
pub(crate) fn identify(
    proof: Result<Proof, GatewayRefusal>,
    gate: &Gate<'_>,
) -> Result<Caller, GatewayRefusal> {
    gate.caller(proof?)
}

/// An API that is called.
#[derive(Debug)]
struct Api<'a> {
    resource: Option<&'a Resource>,
    answer: Option<(u16, Option<Value>)>,
}

fn api<'a>(
    call: &Call<'_>,
    directory: &'a Directory,
    rules: GatewayRules,
) -> Result<Api<'a>, GatewayRefusal> {
    let found = directory.resource(call.method, call.path);
    if found.is_none() && (!rules.echo || call.path.trim_matches('/').is_empty()) {
        let templates: Vec<String> = directory.resources.iter().map(|one| one.path.to_string()).collect();
        let near = near_miss::nearest(call.path, templates.iter().map(String::as_str)).map(str::to_owned);
        return Err(GatewayRefusal::ApiUnknown {
            method: call.method.to_owned(),
            path: call.path.to_owned(),
            near,
        });
    }
    let answer = found.as_ref().map(|(one, captured)| (one.status.code(), one.filled(captured)));
    Ok(Api { resource: found.map(|(resource, _)| resource), answer })
}

impl Gate<'_> {
    /// The subscription of a call that passes, and its dealer.
    fn admit(
        &mut self,
        call: &Call<'_>,
        caller: &Caller,
        api: &Api<'_>,
    ) -> Result<(SubscriptionId, Organization), GatewayRefusal> {
        if let Some(resource) = api.resource.filter(|resource| !resource.is_open_to(&caller.api_key)) {
            return Err(GatewayRefusal::ApiNotAdded { path: resource.path.to_string() });
        }
        let id = match call.subscription_ids {
            [] | [""] => return Err(GatewayRefusal::SubscriptionMissing),
            [id] => SubscriptionId::new(*id),
            _ => return Err(GatewayRefusal::SubscriptionRepeated),
        };
        let organization = if id.as_str() == SIMULATOR {
            simulated_dealer()
        } else if caller.by_secret {
            return Err(GatewayRefusal::SecretOutsideSimulator);
        } else {
            self.organization(&id, &caller.api_key)?
        };
        if call.is_too_big {
            return Err(GatewayRefusal::PayloadTooBig { limit: BODY_LIMIT });
        }
        if let Some(per_minute) = self.rules.quota_per_minute {
            let (per_minute, now) = (per_minute.get(), self.now);
            self.ledger.quotas.count(&caller.api_key, per_minute, now).map_err(|ends| {
                let wait = ends.since(now);
                let retry_after_seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
                GatewayRefusal::QuotaExceeded { per_minute, retry_after_seconds }
            })?;
        }
        Ok((id, organization))
    }

    /// The dealer who has subscribed to the app.
    fn organization(&self, id: &SubscriptionId, app: &ApiKey) -> Result<Organization, GatewayRefusal> {
        let mut known = self.directory.subscriptions(id).peekable();
        if known.peek().is_none() {
            let ids = self.directory.subscriptions.iter().map(|one| one.id.as_str());
            let near = near_miss::nearest(id.as_str(), ids).map(str::to_owned);
            return Err(GatewayRefusal::SubscriptionUnknown { id: id.clone(), near });
        }
        let Some(subscription) = known.find(|subscription| subscription.app == *app) else {
            return Err(GatewayRefusal::SubscriptionOfAnotherApp { id: id.clone(), app: app.clone() });
        };
        match subscription.status {
            SubscriptionStatus::Active => Ok(subscription.organization.clone()),
            SubscriptionStatus::Inactive => Err(GatewayRefusal::SubscriptionInactive { id: id.clone() }),
        }
    }
}

/// The dealer of the simulator.
fn simulated_dealer() -> Organization {
    Organization { id: SIMULATOR.to_owned(), name: "Simulated dealership".to_owned() }
}
