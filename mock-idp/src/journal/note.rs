//! What an endpoint notes for the journal about a request, in addition to the answer.

use super::entry::AppliedFault;
use crate::{
    protocol::{
        flow_id::FlowId,
        text::{ApiKey, Username},
    },
    refusal::{Explanation, Refusal},
};

/// What an endpoint knows about a request and its answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Note {
    pub(super) params: Vec<(&'static str, String)>,
    pub(super) app: Option<ApiKey>,
    pub(super) user: Option<Username>,
    pub(super) flow: Option<FlowId>,
    pub(super) refusal: Option<Explanation>,
    pub(super) asked: bool,
    pub(super) lenient: Vec<&'static str>,
    pub(super) gave: Vec<&'static str>,
    pub(super) fault: Option<AppliedFault>,
}

impl Note {
    /// Notes a parameter, if it has a value. For parameters outside the query and the form that are not secrets.
    #[must_use]
    pub(crate) fn param(mut self, name: &'static str, value: Option<&str>) -> Self {
        self.params.extend(value.map(|value| (name, value.to_owned())));
        self
    }

    /// Notes the app.
    #[must_use]
    pub(crate) fn app(mut self, app: Option<ApiKey>) -> Self {
        self.app = app;
        self
    }

    /// Notes the user.
    #[must_use]
    pub(crate) fn user(mut self, user: Option<Username>) -> Self {
        self.user = user;
        self
    }

    /// Notes the flow.
    #[must_use]
    pub(crate) fn flow(mut self, flow: Option<FlowId>) -> Self {
        self.flow = flow.or(self.flow);
        self
    }

    /// Notes the flow, if none is noted yet.
    #[must_use]
    pub(crate) fn flow_unless_known(mut self, flow: Option<FlowId>) -> Self {
        self.flow = self.flow.or(flow);
        self
    }

    /// Notes what the answer contains.
    #[must_use]
    pub(crate) fn gave(mut self, what: impl IntoIterator<Item = &'static str>) -> Self {
        self.gave.extend(what);
        self
    }

    /// Notes that the answer contains nothing, because a fault replaces it.
    #[must_use]
    pub(crate) fn gave_nothing(mut self) -> Self {
        self.gave.clear();
        self
    }

    /// Notes the refusal.
    #[must_use]
    pub(crate) fn refusal(self, refusal: &Refusal) -> Self {
        self.explained(refusal.explain())
    }

    /// Notes why the request is refused.
    #[must_use]
    pub(crate) fn explained(mut self, why: Explanation) -> Self {
        self.refusal = Some(why);
        self
    }

    /// Notes that a page asks the person for something.
    #[must_use]
    pub(crate) const fn asked(mut self) -> Self {
        self.asked = true;
        self
    }

    /// Notes a relaxed rule without which the request would have been refused.
    #[must_use]
    pub(crate) fn lenient(mut self, rule: &'static str) -> Self {
        self.lenient.push(rule);
        self
    }

    /// Notes the fault that was applied.
    #[must_use]
    pub(crate) const fn fault(mut self, fault: AppliedFault) -> Self {
        self.fault = Some(fault);
        self
    }

    /// The app and the user, if they were noted.
    pub(crate) const fn who(&self) -> (Option<&ApiKey>, Option<&Username>) {
        (self.app.as_ref(), self.user.as_ref())
    }

    /// Whether the request is refused.
    pub(crate) const fn is_refusal(&self) -> bool {
        self.refusal.is_some()
    }
}

#[cfg(test)]
impl Note {
    /// The rule that refuses the request.
    pub(crate) fn rule(&self) -> Option<&'static str> {
        self.refusal.as_ref().map(|why| why.rule)
    }
}
