//! All resources of an issuer's control API.

use super::{
    apps, at::Routes, clock, deliver, events, faults, flows, journal, keys, seed, sign_in, state,
    subscriptions, tokens, users,
};

/// The routes of all resources.
pub(super) fn routes() -> Routes {
    Routes::default()
        .merge(apps::routes())
        .merge(clock::routes())
        .merge(deliver::routes())
        .merge(events::routes())
        .merge(faults::routes())
        .merge(flows::routes())
        .merge(journal::routes())
        .merge(keys::routes())
        .merge(seed::routes())
        .merge(sign_in::routes())
        .merge(state::routes())
        .merge(subscriptions::routes())
        .merge(tokens::routes())
        .merge(users::routes())
}
