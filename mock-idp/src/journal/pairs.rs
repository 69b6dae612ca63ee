//! Names and values in one piece of memory: the headers or the parameters of an exchange, as the journal keeps them.

/// Pairs of text, each text preceded by its length. All pairs share one allocation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Pairs(Box<[u8]>);

/// The size of the length in front of a text, in bytes.
const PREFIX: usize = size_of::<u32>();

impl Pairs {
    /// Keeps the pairs that `pairs` gives. It is called twice: to measure the pairs, and to copy them. Bytes that are
    /// not UTF-8 are replaced when they are read.
    pub(super) fn of<'a, I>(pairs: impl Fn() -> I) -> Self
    where
        I: Iterator<Item = (&'a [u8], &'a [u8])>,
    {
        let bytes = pairs().map(|(name, value)| 2 * PREFIX + name.len() + value.len()).sum();
        let mut packed = Vec::with_capacity(bytes);
        for (name, value) in pairs() {
            for text in [name, value] {
                // A longer text cannot be sent: requests and answers are bounded far below.
                let length = u32::try_from(text.len()).unwrap_or(u32::MAX);
                packed.extend_from_slice(&length.to_le_bytes());
                packed.extend_from_slice(&text[..length as usize]);
            }
        }
        Self(packed.into_boxed_slice())
    }

    /// Keeps pairs of text.
    pub(super) fn of_text(pairs: &[(String, String)]) -> Self {
        Self::of(|| pairs.iter().map(|(name, value)| (name.as_bytes(), value.as_bytes())))
    }

    /// The pairs, in their order.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        let mut rest = &*self.0;
        std::iter::from_fn(move || Some((next(&mut rest)?, next(&mut rest)?)))
    }

    /// The pairs as text.
    pub(super) fn to_text(&self) -> Vec<(String, String)> {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        self.iter().map(|(name, value)| (text(name), text(value))).collect()
    }

    /// Their size in bytes.
    pub(super) const fn bytes(&self) -> usize {
        self.0.len()
    }
}

/// Takes the next text off the front.
fn next<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let (length, after) = rest.split_first_chunk::<PREFIX>()?;
    let (text, after) = after.split_at_checked(u32::from_le_bytes(*length) as usize)?;
    *rest = after;
    Some(text)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn bytes_that_are_not_utf_8_are_replaced() {
        let pairs = Pairs::of(|| [(&b"x-name"[..], &b"caf\xe9"[..])].into_iter());
        assert_eq!(pairs.to_text(), [("x-name".to_owned(), "caf\u{fffd}".to_owned())]);
    }

    proptest! {
        #[test]
        fn what_is_kept_comes_back(pairs: Vec<(String, String)>) {
            prop_assert_eq!(Pairs::of_text(&pairs).to_text(), pairs);
        }
    }
}
