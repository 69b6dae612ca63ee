//! `GET /v1/keys`: the public keys (RFC 7517 §5), open to every browser page.

use super::{
    reply::{Answer, Reply},
    request::Request,
    row::{Cors, Methods, Reads, Row, no_facts, presents_nothing},
};
use crate::{fault::RequestFacts, journal::Note, protocol::endpoint::Endpoint, step::Step};

pub(super) const ROW: Row = Row {
    endpoint: Endpoint::Keys,
    recorded: true,
    paths: &["/oauth2/{issuer}/v1/keys"],
    methods: Methods::Get,
    cors: Cors::DOCUMENT,
    reads: Reads::Nothing,
    presents: presents_nothing,
    facts: no_facts,
    handle: keys,
};

fn keys(_: &Request, _: &RequestFacts, _: &mut Step<'_>) -> Reply {
    Reply::new(Answer::Keys, Note::default())
}

#[cfg(test)]
mod tests {
    use super::{
        super::tests::{Case, get},
        *,
    };

    #[test]
    fn the_keys_are_answered_without_a_note() {
        let reply = Case::new().send(&ROW, &get("/v1/keys"));
        assert!(matches!(reply.answer, Answer::Keys));
        assert_eq!((reply.note, reply.cookie), (Note::default(), None));
    }
}
