//! One row of the table of endpoints: where it is, what it takes, who may call it from a browser, and what decides.

use http::Method;

use super::{reply::Reply, request::Request};
use crate::{fault::RequestFacts, gateway, protocol::endpoint::Endpoint, step::Step};

/// One kind of URL.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Row {
    /// Its name in journal and faults.
    pub(crate) endpoint: Endpoint,
    /// Whether its requests are written into the journal, and can meet faults.
    pub(crate) recorded: bool,
    /// The patterns of its paths.
    pub(crate) paths: &'static [&'static str],
    /// The methods that it takes.
    pub(crate) methods: Methods,
    /// Which browser pages may read its answers.
    pub(crate) cors: Cors,
    /// What it reads of a request.
    pub(crate) reads: Reads,
    /// The token of a request whose signature has to be verified.
    pub(crate) presents: fn(&Request) -> Option<&str>,
    /// What is known of a request: for the choice of a fault, and for the journal.
    pub(crate) facts: fn(&Request, &Step<'_>, &mut RequestFacts),
    /// Decides.
    pub(crate) handle: fn(&Request, &RequestFacts, &mut Step<'_>) -> Reply,
}

/// The methods that an endpoint takes. HEAD is taken where GET is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Methods {
    Get,
    Post,
    GetAndPost,
    /// All methods.
    Any,
}

/// Which browser pages may read the answers of an endpoint (Fetch §3.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cors {
    /// None: browsers navigate here, and servers need no permission.
    Closed,
    /// Pages of every origin, without cookies.
    Open(Open),
    /// Pages of the origins of an app's callbacks, if the app's dialect allows browsers here (RFC 9700 §2.6).
    CallbackOrigins,
}

/// What pages of every origin may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Open {
    /// The methods that a preflight names.
    pub(crate) methods: &'static str,
    /// The headers that a preflight names. A wildcard does not cover `Authorization` (Fetch §3.3.4).
    pub(crate) headers: &'static str,
    /// The headers that a page may read.
    pub(crate) exposes: &'static str,
    /// How many seconds a browser may remember the preflight.
    pub(crate) max_age: Option<&'static str>,
}

impl Cors {
    /// For documents.
    pub(super) const DOCUMENT: Self =
        Self::Open(Open { methods: "*", headers: "*", exposes: "*", max_age: None });
    /// For userinfo, which is asked with a token.
    pub(super) const USERINFO: Self =
        Self::Open(Open { methods: "*", headers: "authorization,content-type", exposes: "*", max_age: None });
    /// For APIs. The headers are those that Fortellis documents.
    pub(super) const API: Self = Self::Open(Open {
        methods: "GET,HEAD,POST,PUT,PATCH,DELETE",
        headers: "authorization,subscription-id,request-id,accept,accept-language,content-type,if-match,\
                  accept-charset,data-owner-id,prefer,x-request-id",
        exposes: "request-id,retry-after",
        max_age: Some("600"),
    });
}

/// What an endpoint reads of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reads {
    /// Nothing but the head.
    Nothing,
    /// Parameters in query and form.
    Form,
    /// A body that is not parsed.
    Body,
}

impl Row {
    /// Whether a request is written into the journal, and can meet faults.
    pub(crate) fn records(&self, request: &Request) -> bool {
        self.recorded && !request.is_preflight()
    }
}

impl Methods {
    /// Whether a method is taken.
    pub(crate) fn take(self, method: &Method) -> bool {
        let get = method == Method::GET || method == Method::HEAD;
        match self {
            Self::Get => get,
            Self::Post => method == Method::POST,
            Self::GetAndPost => get || method == Method::POST,
            Self::Any => true,
        }
    }

    /// What the header `Allow` says to OPTIONS, where that is known.
    pub(crate) const fn options(self) -> Option<&'static str> {
        match self {
            Self::Get => Some("GET,HEAD"),
            Self::Post => Some("POST"),
            Self::GetAndPost => Some("GET,HEAD,POST"),
            Self::Any => None,
        }
    }

    /// What the header `Allow` says of a method that is not taken.
    pub(crate) const fn allowed(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::GetAndPost => "GET, POST",
            Self::Any => "*",
        }
    }
}

impl Reads {
    /// How much of a body is read, in bytes.
    pub(crate) const fn limit(self) -> Option<usize> {
        match self {
            Self::Nothing => None,
            Self::Form => Some(super::form::FORM_LIMIT),
            Self::Body => Some(gateway::BODY_LIMIT),
        }
    }
}

/// For rows whose requests present no token.
pub(super) const fn presents_nothing(_: &Request) -> Option<&str> {
    None
}

/// For rows whose requests say nothing of an app or a user.
pub(super) const fn no_facts(_: &Request, _: &Step<'_>, _: &mut RequestFacts) {}
