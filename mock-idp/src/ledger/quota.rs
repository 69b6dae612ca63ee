//! How often each app has called an API in the current minute.

use std::collections::HashMap;

use crate::protocol::{
    text::ApiKey,
    timestamp::{Expiry, Lifetime, Timestamp},
};

/// The time over which calls are counted.
const WINDOW: Lifetime = Lifetime::from_seconds(60);

/// The calls of each app. An app's minute begins with its first call.
#[derive(Debug, Default)]
pub(crate) struct Quotas(HashMap<ApiKey, Window>);

#[derive(Debug)]
struct Window {
    ends: Expiry,
    calls: u32,
}

impl Quotas {
    /// Counts a call. If the app has used up its quota, returns the moment at which its next minute begins.
    pub(crate) fn count(&mut self, app: &ApiKey, per_minute: u32, now: Timestamp) -> Result<(), Timestamp> {
        let fresh = || Window { ends: Expiry::after(now, WINDOW), calls: 0 };
        let window = self.0.entry(app.clone()).or_insert_with(fresh);
        if !window.ends.is_live(now) {
            *window = fresh();
        }
        if window.calls >= per_minute {
            return Err(window.ends.moment());
        }
        window.calls += 1;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_app_may_call_as_often_as_its_quota_says_in_each_minute() {
        let mut quotas = Quotas::default();
        let (one, other) = (ApiKey::new("one"), ApiKey::new("other"));
        let at = |seconds| Timestamp::from_unix_seconds(seconds).unwrap();
        assert_eq!(quotas.count(&one, 2, at(0)), Ok(()));
        assert_eq!(quotas.count(&one, 2, at(59)), Ok(()));
        assert_eq!(quotas.count(&one, 2, at(59)), Err(at(60)));
        assert_eq!(quotas.count(&other, 2, at(59)), Ok(()), "each app has its own quota");
        assert_eq!(quotas.count(&one, 2, at(60)), Ok(()));
    }
}
