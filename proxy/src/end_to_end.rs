//! Which header fields pass between the page and the API.

use http::{HeaderMap, HeaderName, HeaderValue, header};

use crate::header_name::{REQUEST_ID, SUBSCRIPTION_ID};

/// Fields about one connection, which end at each hop (RFC 9110 §7.6.1; the two with `proxy` from RFC 9110 §11.7).
const HOP_BY_HOP: [HeaderName; 9] = [
    header::CONNECTION,
    HeaderName::from_static("keep-alive"),
    HeaderName::from_static("proxy-connection"),
    header::PROXY_AUTHENTICATE,
    header::PROXY_AUTHORIZATION,
    header::TE,
    header::TRAILER,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
];

/// Fields between the page and the proxy, or that the proxy sets itself. Compressed, an answer could not be searched
/// for the proxy's token (`mask`).
const NOT_FOR_THE_API: [HeaderName; 10] = [
    header::ACCEPT_ENCODING,
    header::AUTHORIZATION,
    header::CONTENT_LENGTH,
    header::COOKIE,
    header::EXPECT,
    header::HOST,
    header::ORIGIN,
    header::REFERER,
    REQUEST_ID,
    SUBSCRIPTION_ID,
];

/// Fields by which an API would tell the browser what to do with the proxy's origin, and not what its answer is: store,
/// delete, report, go elsewhere. `localhost` belongs to other programs, too.
const NOT_FOR_THE_CALLER: [HeaderName; 14] = [
    HeaderName::from_static("accept-ch"),
    header::ALT_SVC,
    HeaderName::from_static("clear-site-data"),
    header::CONTENT_SECURITY_POLICY_REPORT_ONLY,
    HeaderName::from_static("critical-ch"),
    HeaderName::from_static("nel"),
    header::PUBLIC_KEY_PINS,
    header::REFRESH,
    HeaderName::from_static("report-to"),
    HeaderName::from_static("reporting-endpoints"),
    HeaderName::from_static("service-worker-allowed"),
    header::SET_COOKIE,
    HeaderName::from_static("set-cookie2"),
    header::STRICT_TRANSPORT_SECURITY,
];

/// The proxy's name in `Via`, which a gateway must add (RFC 9110 §7.6.3).
const VIA: HeaderValue = HeaderValue::from_static("1.1 tutorial-proxy");

/// The caller's header fields that are sent to the API.
pub(crate) fn request(mut headers: HeaderMap) -> HeaderMap {
    remove_hop_by_hop(&mut headers);
    for name in NOT_FOR_THE_API {
        headers.remove(name);
    }
    // What a browser says about the page's request is not true of the backend's.
    remove_beginning_with(&mut headers, "sec-");
    headers.append(header::VIA, VIA);
    headers
}

/// The API's header fields that are sent to the caller. The proxy itself decides which pages may read the answer.
pub(crate) fn response(mut headers: HeaderMap) -> HeaderMap {
    remove_hop_by_hop(&mut headers);
    for name in NOT_FOR_THE_CALLER {
        headers.remove(name);
    }
    remove_beginning_with(&mut headers, "access-control-");
    headers
}

fn remove_beginning_with(headers: &mut HeaderMap, prefix: &str) {
    let names: Vec<_> = headers.keys().filter(|name| name.as_str().starts_with(prefix)).cloned().collect();
    for name in names {
        headers.remove(name);
    }
}

fn remove_hop_by_hop(headers: &mut HeaderMap) {
    let named: Vec<HeaderName> = headers
        .get_all(header::CONNECTION)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|names| names.split(','))
        .filter_map(|name| name.trim().parse().ok())
        .collect();
    for name in named.into_iter().chain(HOP_BY_HOP) {
        headers.remove(name);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.parse().unwrap(), HeaderValue::from_static(value))).collect()
    }

    #[test]
    fn what_connection_names_ends_here_too() {
        let sent =
            headers(&[("connection", "close, X-Secret-Hop"), ("x-secret-hop", "1"), ("accept", "*/*")]);
        assert_eq!(response(sent), headers(&[("accept", "*/*")]));
    }

    #[test]
    fn names_in_connection_that_are_no_names_are_ignored() {
        let sent = headers(&[("connection", "a b, , close"), ("te", "trailers"), ("etag", "\"1\"")]);
        assert_eq!(response(sent), headers(&[("etag", "\"1\"")]));
    }
}
