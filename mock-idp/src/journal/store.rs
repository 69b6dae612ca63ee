//! The journal of an issuer: writing, reading and masking its entries.

use std::sync::{
    Mutex, MutexGuard, PoisonError,
    atomic::{AtomicBool, Ordering},
};

use tokio::sync::watch;
use utoipa::ToSchema;

use super::{
    buffer::Buffer,
    entry::Entry,
    filter::Filter,
    flow::{self, Flow},
    mask::Mask,
    record::Record,
};
use crate::protocol::{
    endpoint::Endpoint,
    timestamp::{Lifetime, Timestamp},
};

/// The exchanges of one issuer, oldest first. Secrets are masked unless a call reveals them; [`crate::Config::mask`]
/// forbids that.
///
/// ```
/// # use fixtures::oidc_app::{API_KEY, API_SECRET};
/// use mock_idp::{Endpoint, MockIdp};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let idp = MockIdp::start().await?;
/// let issuer = idp.issuer("journal");
/// // Here the program under test would refresh its tokens.
/// # let request = reqwest::Client::new().post(format!("{}/v1/token", issuer.url()));
/// # let request = request.basic_auth(API_KEY, Some(API_SECRET));
/// # request.body("grant_type=refresh_token&refresh_token=made-up").send().await?;
/// let journal = issuer.journal();
/// let sent = ("refresh_token".to_owned(), "made-up".to_owned());
/// assert_eq!(journal.revealed()[0].params[1], sent);
/// assert_ne!(journal.entries()[0].params[1], sent); // masked, so it can be shown
/// assert_eq!(journal.at(Endpoint::Keys), []); // it has not asked for the keys
/// assert_eq!(journal.dropped(), 0); // and nothing is missing
///
/// journal.clear();
/// assert_eq!(journal.entries(), []);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Default)]
pub struct Journal {
    mask: Mask,
    /// The URL before the paths of its entries: `http://localhost:9100`.
    base_url: String,
    /// Whether secrets are masked before they are written, so that they cannot be revealed.
    forbids_revealing: bool,
    buffer: Mutex<Buffer>,
    /// The number of the newest entry, for callers that wait for the next one.
    written: watch::Sender<u64>,
    /// Whether the issuer has been forgotten, so that no more entries will be written.
    has_ended: AtomicBool,
}

/// The entries that a filter selects.
#[derive(Debug, serde::Serialize, ToSchema)]
pub(crate) struct Excerpt {
    /// Those that match, oldest first.
    pub entries: Vec<Entry>,
    /// The number of the newest entry, matching or not: the `after` of the next request.
    pub last: u64,
    /// How many entries the journal has dropped because it was full.
    pub dropped: u64,
    /// How many entries have lost their headers and bodies because they took too much space.
    pub forgotten: u64,
}

impl Journal {
    /// An empty journal.
    pub(crate) fn new(mask: Mask, forbids_revealing: bool, base_url: &str) -> Self {
        Self { mask, forbids_revealing, base_url: base_url.to_owned(), ..Self::default() }
    }

    /// All entries that are kept, oldest first, secrets masked.
    pub fn entries(&self) -> Vec<Entry> {
        self.matching(&Filter::default())
    }

    /// All entries with their secrets. They stay masked if the mock masks before writing ([`crate::Config::mask`]).
    pub fn revealed(&self) -> Vec<Entry> {
        self.matching(&Filter { reveal: true, ..Filter::default() })
    }

    /// Whether secrets are masked before they are written.
    ///
    /// ```
    /// # use mock_idp::{Config, MockIdp};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    /// let idp = MockIdp::start_on(listener, Config { mask: true, ..Config::demo() })?;
    /// let issuer = idp.default_issuer();
    /// // Here the program under test sends a code.
    /// # let request = reqwest::Client::new().post(format!("{}/v1/token", issuer.url()));
    /// # request.body("grant_type=authorization_code&code=made-up").send().await?;
    /// assert!(issuer.journal().forbids_revealing());
    /// assert_eq!(issuer.journal().revealed(), issuer.journal().entries());
    /// # Ok(())
    /// # }
    /// ```
    pub const fn forbids_revealing(&self) -> bool {
        self.forbids_revealing
    }

    /// The entries of one endpoint, oldest first.
    pub fn at(&self, endpoint: Endpoint) -> Vec<Entry> {
        self.matching(&Filter::at(endpoint))
    }

    /// How many entries were dropped because the journal was full.
    pub fn dropped(&self) -> u64 {
        self.buffer().dropped
    }

    /// Forgets all entries. The numbering continues.
    pub fn clear(&self) {
        self.buffer().clear();
    }

    /// The entries that match, oldest first.
    pub(crate) fn matching(&self, filter: &Filter) -> Vec<Entry> {
        self.shown(&self.buffer(), filter)
    }

    /// How many entries match.
    pub(crate) fn count(&self, filter: &Filter) -> usize {
        self.buffer().matching(filter).count()
    }

    /// The entries that match, with the numbers that the next request needs.
    pub(crate) fn excerpt(&self, filter: &Filter) -> Excerpt {
        let buffer = self.buffer();
        let Buffer { written: last, dropped, forgotten, .. } = *buffer;
        Excerpt { entries: self.shown(&buffer, filter), last, dropped, forgotten }
    }

    fn shown(&self, buffer: &Buffer, filter: &Filter) -> Vec<Entry> {
        let show = |record: &Record| {
            let entry = record.to_entry(&self.base_url);
            if filter.reveal || self.forbids_revealing { entry } else { self.mask.entry(&entry) }
        };
        buffer.matching(filter).map(show).collect()
    }

    /// The flows of the matching entries. `code` is how long a code lives.
    pub(crate) fn flows(&self, filter: &Filter, code: Lifetime, now: Timestamp) -> Vec<Flow> {
        // Unmasked entries are safe here: a flow has no parameters, headers or bodies.
        let in_flows = |record: &&Record| record.flow.is_some();
        let entries: Vec<Entry> = {
            let buffer = self.buffer();
            buffer.matching(filter).filter(in_flows).map(|record| record.to_entry("")).collect()
        };
        flow::joined(&entries, code, now)
    }

    /// Watches the number of the newest entry.
    pub(crate) fn written(&self) -> watch::Receiver<u64> {
        self.written.subscribe()
    }

    /// The issuer is forgotten: callers stop waiting for its next entry.
    pub(crate) fn end(&self) {
        self.has_ended.store(true, Ordering::Release);
        self.written.send_modify(|_| ());
    }

    /// Whether no more entries will be written.
    pub(crate) fn has_ended(&self) -> bool {
        self.has_ended.load(Ordering::Acquire)
    }

    /// Writes an entry. It gets the next number.
    pub(crate) fn write(&self, record: Record) {
        let record = if self.forbids_revealing { self.masked(record) } else { record };
        let mut buffer = self.buffer();
        let number = buffer.write(record);
        // Within the lock, so that numbers are seen in order.
        self.written.send_replace(number);
    }

    fn masked(&self, record: Record) -> Record {
        let entry = self.mask.entry(&record.to_entry(&self.base_url));
        record.with_texts_of(&entry, &self.base_url)
    }

    fn buffer(&self) -> MutexGuard<'_, Buffer> {
        self.buffer.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        journal::{
            buffer::{CAPACITY, SPACE},
            entry::{Outcome, tests::entry},
            message::{Omission, RecordedBody},
        },
        protocol::text::ApiKey,
        refusal::{ClientRefusal, Refusal},
    };

    #[test]
    fn a_full_journal_drops_the_oldest_and_counts_them() {
        let journal = Journal::default();
        for _ in 0..CAPACITY + 2 {
            journal.write_entry(&entry(Endpoint::Keys));
        }
        assert_eq!((journal.entries().len(), journal.dropped()), (CAPACITY, 2));
        assert_eq!(journal.entries()[0].number, 3);
    }

    #[test]
    fn a_cleared_journal_counts_on() {
        let journal = Journal::default();
        journal.write_entry(&entry(Endpoint::Keys));
        journal.clear();
        assert_eq!((journal.entries(), journal.dropped()), (vec![], 0));
        journal.write_entry(&entry(Endpoint::Keys));
        let excerpt = journal.excerpt(&Filter::default());
        assert_eq!((excerpt.entries[0].number, excerpt.last), (2, 2));
    }

    #[test]
    fn a_filter_lets_through_what_matches_in_every_respect() {
        let journal = Journal::default();
        let app = |key: &str| Some(ApiKey::new(key));
        journal.write_entry(&Entry { app: app("a"), ..entry(Endpoint::Token) });
        journal.write_entry(&Entry { app: app("b"), ..entry(Endpoint::Token) });
        journal.write_entry(&Entry { app: app("a"), outcome: Outcome::Refused, ..entry(Endpoint::Token) });
        journal.write_entry(&Entry { app: app("a"), ..entry(Endpoint::Keys) });
        let numbers = |filter: Filter| -> Vec<u64> {
            journal.matching(&filter).iter().map(|entry| entry.number).collect()
        };
        assert_eq!(numbers(Filter::default()), [1, 2, 3, 4]);
        assert_eq!(numbers(Filter::at(Endpoint::Token)), [1, 2, 3]);
        assert_eq!(numbers(Filter { app: app("a"), ..Filter::at(Endpoint::Token) }), [1, 3]);
        assert_eq!(numbers(Filter { outcome: Some(Outcome::Refused), ..Filter::default() }), [3]);
        assert_eq!(numbers(Filter { after: Some(2), ..Filter::default() }), [3, 4]);
    }
    /// An entry that takes this much space.
    fn large(bytes: usize) -> Entry {
        let mut entry = entry(Endpoint::Token);
        entry.request.body = RecordedBody::decoded("x".repeat(bytes).as_bytes(), bytes as u64, false);
        entry
    }

    #[test]
    fn headers_and_bodies_of_the_oldest_are_dropped_when_space_is_short() {
        let journal = Journal::default();
        let half = SPACE / 2 - 1024;
        journal.write_entry(&large(half));
        journal.write_entry(&large(half));
        assert_eq!(journal.excerpt(&Filter::default()).forgotten, 0);
        journal.write_entry(&large(2048));
        let excerpt = journal.excerpt(&Filter::default());
        let left_out: Vec<_> = excerpt.entries.iter().map(|entry| entry.request.body.left_out).collect();
        assert_eq!((left_out, excerpt.forgotten), (vec![Some(Omission::Forgotten), None, None], 1));
        let size = journal.buffer().size;
        assert!((half..half + 4096).contains(&size), "{size}");
    }

    #[test]
    fn long_texts_are_dropped_and_short_ones_stay() {
        let journal = Journal::default();
        let long = "x".repeat(SPACE);
        let mut entry = entry(Endpoint::Token);
        entry.params = vec![("token".into(), long.clone()), ("grant_type".into(), "x".into())];
        entry.request.url = format!("http://localhost/a?token={long}");
        entry.request.headers = vec![("cookie".into(), long.clone())];
        entry.answer.headers = vec![("location".into(), long)];
        journal.write_entry(&entry);
        let kept = &journal.revealed()[0];
        assert_eq!(kept.params, [("grant_type".to_owned(), "x".to_owned())]);
        assert_eq!(kept.request.url, "http://localhost/a");
        assert_eq!((kept.request.headers.len(), kept.answer.headers.len()), (0, 0));
        assert!(journal.buffer().size < 2048);
    }

    #[test]
    fn many_short_things_and_long_names_take_space_too() {
        let many = || (0..20_000).map(|number| (number.to_string(), "1".to_owned())).collect::<Vec<_>>();
        let journal = Journal::default();
        for _ in 0..60 {
            journal.write_entry(&Entry { params: many(), ..entry(Endpoint::Token) });
        }
        let kept = journal.revealed();
        assert_eq!((kept[0].params.len(), kept[59].params.len()), (64, 20_000));
        assert!(journal.excerpt(&Filter::default()).forgotten > 0 && journal.buffer().size <= SPACE);

        let journal = Journal::default();
        let long = "é".repeat(SPACE / 2);
        let mut entry = entry(Endpoint::Gateway);
        entry.params = vec![(long.clone(), "1".into())];
        entry.request.url = format!("http://localhost/{long}");
        entry.refusal =
            Some(Refusal::from(ClientRefusal::ClientUnknown { client_id: long, near: None }).explain());
        journal.write_entry(&entry);
        let kept = &journal.revealed()[0];
        assert_eq!((kept.params.len(), kept.request.url.len()), (0, 1023));
        assert!(journal.buffer().size < 4096);
        assert!(kept.refusal.as_ref().is_some_and(|why| why.received.len() <= 256));
    }

    #[test]
    fn a_secret_is_revealed_when_asked_for_unless_that_is_forbidden() {
        let secret = || Entry { params: vec![("code".into(), "abc".into())], ..entry(Endpoint::Token) };
        let value = |entries: Vec<Entry>| entries[0].params[0].1.clone();
        for (forbids, revealed) in [(false, "abc"), (true, "[masked:")] {
            let journal = Journal::new(Mask::default(), forbids, "http://localhost");
            journal.write_entry(&secret());
            assert!(value(journal.entries()).starts_with("[masked:"));
            assert!(value(journal.revealed()).starts_with(revealed));
            assert!(!format!("{journal:?}").contains("abc"));
        }
    }
}
