//! Whether the proxy lets the page call it: the page's origin is that of the Callback URL.

use url::Url;

use super::finding::{Check, Finding};

const VARIABLE: &str = "PROXY_ALLOWED_ORIGINS";

pub(super) fn look(text: &str, callback: Option<&Url>) -> Vec<Finding> {
    let check = Check::AllowedOrigins;
    let Some(callback) = callback else {
        return vec![check.skipped("FORTELLIS_REDIRECT_URI does not name a page")];
    };
    let page = callback.origin().ascii_serialization();
    let origins: Vec<&str> = text.split(',').map(str::trim).filter(|origin| !origin.is_empty()).collect();
    let mut findings: Vec<Finding> = origins
        .iter()
        .filter_map(|origin| {
            let sent =
                Url::parse(origin).ok().filter(Url::has_host).map(|url| url.origin().ascii_serialization());
            let remedy = match sent {
                Some(sent) if sent == **origin => return None,
                Some(sent) => format!("write {sent}: that is what browsers send (RFC 6454 §6.2)"),
                None => format!("write exact origins, comma separated, such as {page}"),
            };
            Some(check.error(VARIABLE, format!("{origin:?} is not an origin"), remedy))
        })
        .collect();
    if findings.is_empty() && !origins.contains(&page.as_str()) {
        let has = if origins.is_empty() { "no origin".to_owned() } else { origins.join(", ") };
        let mut wanted = origins;
        wanted.push(&page);
        findings.push(check.error(
            VARIABLE,
            format!(
                "{has} may call the proxy, and the page of FORTELLIS_REDIRECT_URI is at {page}: its code is refused"
            ),
            format!("set PROXY_ALLOWED_ORIGINS={}", wanted.join(",")),
        ));
    }
    if findings.is_empty() {
        findings.push(check.ok(VARIABLE, format!("the page at {page} may call the proxy")));
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::finding::Level;

    fn seen(origins: &str, callback: &str) -> (Level, String) {
        let findings = look(origins, Some(&Url::parse(callback).unwrap()));
        let [finding] = &findings[..] else { panic!("{findings:#?}") };
        (finding.level, finding.remedy.clone().unwrap_or_default())
    }

    #[test]
    fn the_pages_origin_must_be_among_them_as_browsers_send_it() {
        let ok = (Level::Ok, String::new());
        assert_eq!(seen("http://localhost:8080", "http://localhost:8080/"), ok);
        assert_eq!(seen("http://a.test, http://localhost", "http://localhost:80/cb"), ok);
        assert_eq!(
            seen("http://localhost:8080", "http://localhost:80/"),
            (Level::Error, "set PROXY_ALLOWED_ORIGINS=http://localhost:8080,http://localhost".to_owned())
        );
        assert_eq!(
            seen("", "http://localhost:8080/"),
            (Level::Error, "set PROXY_ALLOWED_ORIGINS=http://localhost:8080".to_owned())
        );
        assert_eq!(
            seen("http://localhost:8080/", "http://localhost:8080/"),
            (
                Level::Error,
                "write http://localhost:8080: that is what browsers send (RFC 6454 §6.2)".to_owned()
            )
        );
        assert_eq!(seen("*", "http://localhost:8080/").0, Level::Error);
    }
}
