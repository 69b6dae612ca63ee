//! Waiting for expected exchanges, and reporting the actual ones.

use std::{fmt, time::Duration};

use tokio::time::timeout;

use super::{entry::Entry, filter::Filter, store::Journal};
use crate::protocol::endpoint::Endpoint;

/// How long [`Journal::expect_one`] and [`Journal::wait_for`] wait: longer than any answer takes, and short enough for
/// a failing test.
///
/// ```
/// use mock_idp::DEFAULT_WAIT;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let idp = mock_idp::MockIdp::start().await?;
/// # let issuer = idp.default_issuer();
/// // A test that waits for its program waits as long as the journal does.
/// # let program_under_test = reqwest::get(format!("{}/v1/keys", issuer.url()));
/// let answer = tokio::time::timeout(DEFAULT_WAIT, program_under_test).await??;
/// assert_eq!(answer.status(), 200);
/// # Ok(())
/// # }
/// ```
pub const DEFAULT_WAIT: Duration = Duration::from_secs(5);

/// An expectation that was not met. Both `{}` and `{:?}` print what was expected and every exchange in the journal, so
/// a test that ends in `?` or `unwrap` shows all of it.
///
/// ```
/// use mock_idp::Endpoint;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let idp = mock_idp::MockIdp::start().await?;
/// # let issuer = idp.default_issuer();
/// // Here a program that should keep the keys asks for them twice.
/// # for _ in 0..2 {
/// #     reqwest::get(format!("{}/v1/keys", issuer.url())).await?;
/// # }
/// let error = issuer.journal().expect_one(Endpoint::Keys).await.unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "expected exactly 1 exchange at keys; the journal holds 2 exchanges:\n  \
///      #1 GET keys 200\n  \
///      #2 GET keys 200"
/// );
/// assert_eq!(error.held(), issuer.journal().entries());
/// # Ok(())
/// # }
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct ExpectationError {
    expected: String,
    held: Vec<Entry>,
}

impl ExpectationError {
    /// All exchanges that the journal held, oldest first.
    pub fn held(&self) -> &[Entry] {
        &self.held
    }
}

impl fmt::Display for ExpectationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "expected {}; ", self.expected)?;
        match self.held.len() {
            0 => return write!(f, "the journal is empty"),
            1 => write!(f, "the journal holds 1 exchange:")?,
            several => write!(f, "the journal holds {several} exchanges:")?,
        }
        for entry in &self.held {
            write!(f, "\n  #{} {entry}", entry.number)?;
            for (name, value) in &entry.params {
                write!(f, "\n       {name}={value}")?;
            }
        }
        Ok(())
    }
}

impl fmt::Debug for ExpectationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for ExpectationError {}

impl Journal {
    /// The only exchange at an endpoint. Waits for it up to [`DEFAULT_WAIT`]. Several exchanges are an error.
    ///
    /// ```
    /// # use mock_idp::{Endpoint, MockIdp};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let idp = MockIdp::start().await?;
    /// let issuer = idp.issuer("expect-one");
    /// // Here a program under test would ask for the keys.
    /// # let url = format!("http://{}/oauth2/expect-one/v1/keys", idp.addr());
    /// # reqwest::get(url).await?;
    /// let call = issuer.journal().expect_one(Endpoint::Keys).await?;
    /// assert_eq!((call.method.as_str(), call.status), ("GET", 200));
    /// # Ok(())
    /// # }
    /// ```
    pub async fn expect_one(&self, endpoint: Endpoint) -> Result<Entry, ExpectationError> {
        let expected = format!("exactly 1 exchange at {endpoint}");
        match self.wait(&Filter::at(endpoint), 1, DEFAULT_WAIT).await {
            Ok(mut found) if found.len() == 1 => Ok(found.remove(0)),
            Ok(_) => Err(self.error(expected)),
            Err(_) => Err(self.error(format!("{expected} within {} s", DEFAULT_WAIT.as_secs()))),
        }
    }

    /// The exchanges at an endpoint, as soon as there are `count` or more. Waits for them up to [`DEFAULT_WAIT`].
    ///
    /// ```
    /// # use mock_idp::Endpoint;
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let idp = mock_idp::MockIdp::start().await?;
    /// # let issuer = idp.default_issuer();
    /// # let ask = reqwest::get(format!("{}/v1/keys", issuer.url()));
    /// let program = tokio::spawn(ask); // a program that asks for the keys at some time
    /// let calls = issuer.journal().wait_for(Endpoint::Keys, 1).await?;
    /// assert_eq!(calls[0].number, 1);
    /// # program.await??;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn wait_for(&self, endpoint: Endpoint, count: usize) -> Result<Vec<Entry>, ExpectationError> {
        self.wait(&Filter::at(endpoint), count, DEFAULT_WAIT).await.map_err(|found| {
            let received = found.len();
            let within = DEFAULT_WAIT.as_secs();
            self.error(format!("{count} exchanges at {endpoint} within {within} s, received {received}"))
        })
    }

    /// The exchanges that match, as soon as there are `count` or more. `Err` holds those that match when the wait times
    /// out.
    pub(crate) async fn wait(
        &self,
        filter: &Filter,
        count: usize,
        longest: Duration,
    ) -> Result<Vec<Entry>, Vec<Entry>> {
        let mut written = self.written();
        let enough = async {
            loop {
                written.mark_unchanged();
                if self.count(filter) >= count {
                    return self.matching(filter);
                }
                written.changed().await.expect("the journal keeps the sender");
            }
        };
        timeout(longest, enough).await.map_err(|_| self.matching(filter))
    }

    fn error(&self, expected: String) -> ExpectationError {
        ExpectationError { expected, held: self.entries() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        journal::{Outcome, entry::tests::entry},
        refusal::{Refusal, TokenRefusal},
    };

    #[tokio::test]
    async fn one_exchange_is_given_back_and_several_are_told() {
        let journal = Journal::default();
        journal.write_entry(&entry(Endpoint::Keys));
        journal.write_entry(&Entry {
            params: vec![("grant_type".into(), "authorization_code".into()), ("code".into(), "abc".into())],
            ..entry(Endpoint::Token)
        });
        assert_eq!(journal.expect_one(Endpoint::Token).await.unwrap().number, 2);
        journal.write_entry(&Entry {
            status: 400,
            outcome: Outcome::Refused,
            refusal: Some(Refusal::from(TokenRefusal::CodeUnknown).explain()),
            ..entry(Endpoint::Token)
        });
        insta::assert_snapshot!(journal.expect_one(Endpoint::Token).await.unwrap_err());
    }

    #[tokio::test]
    async fn a_wait_ends_when_enough_has_happened() {
        let journal = Journal::default();
        journal.write_entry(&entry(Endpoint::Token));
        let (found, ()) = tokio::join!(journal.wait_for(Endpoint::Token, 2), async {
            journal.write_entry(&entry(Endpoint::Keys));
            journal.write_entry(&entry(Endpoint::Token));
        });
        let numbers: Vec<u64> = found.unwrap().iter().map(|entry| entry.number).collect();
        assert_eq!(numbers, [1, 3]);
    }

    #[tokio::test]
    async fn a_wait_that_times_out_gives_what_there_is() {
        let journal = Journal::default();
        journal.write_entry(&entry(Endpoint::Token));
        let found = journal.wait(&Filter::at(Endpoint::Token), 2, Duration::from_millis(1)).await;
        assert_eq!(found.unwrap_err().len(), 1);
        let error = journal.error("2 exchanges".to_owned());
        assert_eq!(format!("{error}"), format!("{error:?}"));
        assert_eq!(error.held().len(), 1);
        assert_eq!(
            Journal::default().error("something".to_owned()).to_string(),
            "expected something; the journal is empty"
        );
    }
}
