//! Blots the backend's token out of the API's answer. Some APIs show the request that they were sent, the header
//! `Authorization` included, and the caller must never see that token.
//!
//! The token is overwritten with as many asterisks: lengths stay what the header says, and a JSON text stays one. An
//! answer that the API has compressed cannot be looked into, which is why the proxy does not ask for one.

use bytes::{Bytes, BytesMut};
use futures_util::{Stream, StreamExt, stream};
use http::{HeaderMap, HeaderValue};
use memchr::memmem;

/// What is written over a token.
const BLOT: u8 = b'*';

/// A text that is blotted out of a stream of bytes, however the pieces cut it.
#[derive(Debug)]
pub(crate) struct Mask {
    secret: Bytes,
    /// The end of what has come so far, where it may be the beginning of the secret.
    kept: BytesMut,
}

impl Mask {
    /// A mask for the token of an `Authorization` field.
    pub(crate) fn of(bearer: &HeaderValue) -> Self {
        let credentials = bearer.as_bytes();
        let at = credentials.iter().position(|byte| *byte == b' ').map_or(0, |space| space + 1);
        Self { secret: Bytes::copy_from_slice(&credentials[at..]), kept: BytesMut::new() }
    }

    /// Blots the secret out of the fields of a header.
    pub(crate) fn headers(&self, headers: &mut HeaderMap) {
        for value in headers.values_mut() {
            let mut text = value.as_bytes().to_vec();
            if self.blot(&mut text) {
                // Asterisks are visible characters, so this is a field value as the one before was.
                *value = HeaderValue::from_bytes(&text).unwrap_or(HeaderValue::from_static("*"));
            }
        }
    }

    /// Masks the secret in a body while it passes. A piece goes on as soon as it is there; held back is no more
    /// than an end that could be the beginning of the secret.
    pub(crate) fn body<S, E>(self, pieces: S) -> impl Stream<Item = Result<Bytes, E>> + Send
    where
        S: Stream<Item = Result<Bytes, E>> + Send + Unpin + 'static,
        E: Send + 'static,
    {
        stream::unfold(Some((self, pieces)), |passing| async move {
            let (mut mask, mut pieces) = passing?;
            loop {
                match pieces.next().await {
                    Some(Ok(piece)) => {
                        let piece = mask.push(&piece);
                        if !piece.is_empty() {
                            return Some((Ok(piece), Some((mask, pieces))));
                        }
                    }
                    Some(Err(error)) => return Some((Err(error), None)),
                    None => {
                        let rest = mask.kept.freeze();
                        return (!rest.is_empty()).then_some((Ok(rest), None));
                    }
                }
            }
        })
    }

    /// Takes the next piece, and gives what may go on.
    fn push(&mut self, piece: &[u8]) -> Bytes {
        let mut text = std::mem::take(&mut self.kept);
        text.extend_from_slice(piece);
        self.blot(&mut text);
        let longest = text.len().min(self.secret.len().saturating_sub(1));
        let begun = (1..=longest).rev().find(|length| text.ends_with(&self.secret[..*length])).unwrap_or(0);
        self.kept = text.split_off(text.len() - begun);
        text.freeze()
    }

    fn blot(&self, text: &mut [u8]) -> bool {
        if self.secret.is_empty() {
            return false;
        }
        let found: Vec<usize> = memmem::find_iter(text, &self.secret).collect();
        for at in &found {
            text[*at..*at + self.secret.len()].fill(BLOT);
        }
        !found.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mask() -> Mask {
        Mask::of(&HeaderValue::from_static("Bearer abcabd"))
    }

    async fn passed(pieces: &[&'static str]) -> Vec<String> {
        let pieces: Vec<_> =
            pieces.iter().map(|piece| Ok::<_, ()>(Bytes::from_static(piece.as_bytes()))).collect();
        let passed: Vec<_> = mask().body(stream::iter(pieces)).collect().await;
        passed.into_iter().map(|piece| String::from_utf8(piece.unwrap().to_vec()).unwrap()).collect()
    }

    #[tokio::test]
    async fn a_token_is_blotted_out_wherever_the_pieces_cut_it() {
        let text = "{\"a\":\"Bearer abcabd\",\"b\":\"abcabcabd\"}";
        let blotted = "{\"a\":\"Bearer ******\",\"b\":\"abc******\"}";
        for first in 0..=text.len() {
            for second in first..=text.len() {
                let pieces = [&text[..first], &text[first..second], &text[second..]];
                assert_eq!(passed(&pieces).await.concat(), blotted, "{first}, {second}");
            }
        }
    }

    #[tokio::test]
    async fn pieces_pass_one_by_one() {
        assert_eq!(passed(&["data: 1\n\n", "data: 2\n\n"]).await, ["data: 1\n\n", "data: 2\n\n"]);
        assert_eq!(passed(&["xab", "y", "ab"]).await, ["x", "aby", "ab"]);
    }

    #[test]
    fn header_fields_are_blotted_too() {
        let mut headers = HeaderMap::new();
        headers.insert("x-echo", HeaderValue::from_static("Bearer abcabd"));
        headers.insert("etag", HeaderValue::from_static("\"abc\""));
        mask().headers(&mut headers);
        assert_eq!(
            (&headers["x-echo"], &headers["etag"]),
            (&"Bearer ******".parse().unwrap(), &"\"abc\"".parse().unwrap())
        );
    }
}
