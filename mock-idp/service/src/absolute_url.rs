//! Checks of settings that are URLs.

use url::Url;

use crate::StartError;

/// Reads an absolute http or https URL without query and fragment. Returns it without a trailing slash.
pub fn base_url(setting: &str, text: &str) -> Result<String, StartError> {
    let url = absolute_url(setting, text)?;
    if url.query().is_some() || url.fragment().is_some() {
        return Err(StartError::new(
            setting,
            format!("\"{text}\" has a query or fragment"),
            "expected a URL that ends with its path",
        ));
    }
    Ok(text.trim_end_matches('/').to_owned())
}

/// Reads an absolute http or https URL.
pub(crate) fn absolute_url(setting: &str, text: &str) -> Result<Url, StartError> {
    Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host()).ok_or_else(
        || {
            StartError::new(
                setting,
                format!("\"{text}\" is not an absolute http or https URL"),
                "expected one with scheme and host, for example http://localhost:8080",
            )
        },
    )
}
