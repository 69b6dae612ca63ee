// The texts for every way in which a sign-in fails: what happened, and what to do about it.
//
// A failure is plain data, since the tab remembers it: `title`, `text`, `remedy`, and where another program refused, its
// `error` and `description`.

const again = "Sign in again.";

// Failures of the answer in the address.

/** The authorization server answered with an error (RFC 6749 §4.1.2.1). */
export function refused({ error, description }) {
  if (error === "access_denied") {
    return {
      title: "Sign-in cancelled",
      text: "You cancelled the sign-in, or the authorization server did not let you in.",
      remedy: "If that was a mistake, sign in again.",
      error,
      description,
    };
  }
  return {
    title: "Sign-in refused",
    text: "The authorization server answered with an error instead of a code.",
    remedy: ERRORS_AT_AUTHORIZE[error] ?? again,
    error,
    description,
  };
}

const ERRORS_AT_AUTHORIZE = {
  invalid_scope: "Check FORTELLIS_SCOPE, then sign in again.",
  unauthorized_client: "Allow the app the authorization code grant, then sign in again.",
  temporarily_unavailable: "Wait a moment, then sign in again.",
};

/** An error that does not belong to a sign-in of this tab. It is shown, since it may be true, but not trusted. */
export function refusedUnasked({ error, description }) {
  return {
    title: error === "access_denied" ? "Sign-in cancelled" : "Sign-in failed",
    text:
      "The address has an error, but its state does not belong to a sign-in that this tab waits for. It may come " +
      "from elsewhere.",
    remedy: again,
    error,
    description,
  };
}

/** The state is not the one that was sent (RFC 6749 §10.12). */
export function stateForeign(waiting, state) {
  const text = !waiting
    ? "The address has a code, but this tab does not wait for one: it has no state to compare. The link may come " +
      "from elsewhere, or from another tab or browser."
    : state === null
      ? "The address has a code without the state that this tab sent. The link may come from elsewhere."
      : "The address has a code with another state than this tab sent. The link may come from elsewhere.";
  return { title: "Not your sign-in", text: `${text} The code was not used.`, remedy: again };
}

/** The state was right, but it has already been used. */
export function stateUsed() {
  return {
    title: "That sign-in is over",
    text: "The address has the state of a sign-in that has already ended in this tab. The code was not used.",
    remedy: again,
  };
}

/** The answer comes from another server than the request went to (RFC 9207 §2.4). */
export function issuerForeign(received, expected) {
  return {
    title: "Not the right server",
    text: `The code comes from ${received}, but the sign-in was at ${expected}. The code was not used.`,
    remedy: again,
  };
}

/** A parameter appears more than once in the address (RFC 6749 §3.1). */
export function repeated(name) {
  return {
    title: "Sign-in failed",
    text: `The address has ${name} more than once, so it is ambiguous. No value was used.`,
    remedy: again,
  };
}

/** Neither a code nor an error. */
export function answerEmpty() {
  return {
    title: "Sign-in failed",
    text: "The authorization server returned neither a code nor an error.",
    remedy: "Check the authorization server’s log, then sign in again.",
  };
}

/** The page was reloaded while the code was with the proxy. */
export function interrupted() {
  return {
    title: "Interrupted",
    text:
      "The page was reloaded or left while the code was being exchanged. It is not known whether tokens were issued, " +
      "and a code can be used once.",
    remedy: again,
  };
}

/** Answers would arrive at another address, where this tab's state is not known. */
export function elsewhere(here, redirectUri) {
  return {
    title: "Open this page at its Callback URL",
    text: `This page is open at ${here}, but answers of the sign-in go to ${redirectUri}.`,
    remedy: `Open ${redirectUri}, or start the site with FORTELLIS_REDIRECT_URI=${here}/ and register that Callback URL.`,
  };
}

/** The site's own configuration could not be loaded. */
export function siteUnreachable(why) {
  return {
    title: "This site does not answer",
    text: `The page could not read its settings from /config.json (${why}).`,
    remedy: "Start the site (cargo run -p site), then reload.",
  };
}

/** The page itself failed, or the browser stores nothing for it. */
export function unexpected(error) {
  return {
    title: "The page failed",
    text: `An unexpected error occurred: ${error.name}: ${error.message}`,
    remedy: "Allow the browser to store data for this address (session storage), then reload.",
  };
}

// Failures of posting the code.

/** No answer at all: not running, or this page may not read it. A browser does not tell the two apart. */
export function proxyUnreachable(proxyUrl, origin) {
  return {
    title: "The proxy cannot be reached",
    text: `The code was posted to ${proxyUrl}/v1/token, and there was no answer.`,
    remedy:
      `Start the proxy (cargo run -p proxy). If it runs, let PROXY_ALLOWED_ORIGINS name ${origin} and PROXY_URL name ` +
      "the proxy. Then sign in again.",
  };
}

/** No answer in time. */
export function proxySilent(proxyUrl, seconds) {
  return {
    title: "The proxy does not answer",
    text: `The code was posted to ${proxyUrl}/v1/token, and there was no answer within ${seconds} seconds.`,
    remedy: "Check the proxy’s log, then sign in again.",
  };
}

/** An answer that is not JSON. */
export function proxyNotJson(proxyUrl, status, text) {
  return {
    title: "The proxy’s answer cannot be read",
    text: `${proxyUrl}/v1/token answered ${status} with something that is not JSON: ${excerpt(text)}`,
    remedy: "Check that PROXY_URL names the proxy, then sign in again.",
  };
}

/** A successful answer without a token. */
export function proxyWithoutToken(proxyUrl, status) {
  return {
    title: "No token received",
    text: `${proxyUrl}/v1/token answered ${status}, but without an access token.`,
    remedy: "Check the proxy’s log, then sign in again.",
  };
}

/** The proxy, or the authorization server through it, refused (RFC 6749 §5.2). */
export function exchangeRefused(proxyUrl, status, { error, error_description: description }) {
  const known = ERRORS_AT_TOKEN[error];
  return {
    title: known?.title ?? "No token received",
    text: known?.text ?? `${proxyUrl}/v1/token answered ${status}.`,
    remedy: known?.remedy ?? "Check the proxy’s log, then sign in again.",
    error: typeof error === "string" ? error : `status ${status}`,
    description: typeof description === "string" ? description : null,
  };
}

/** Too many requests (RFC 6585 §4). The answer is Okta's envelope, and may say after how many seconds to try again. */
export function tooOften(retryAfter, { error, error_description: description, errorCode, errorSummary }) {
  const wait = /^\d+$/.test(retryAfter ?? "") ? `Wait ${retryAfter} seconds` : "Wait a moment";
  const known = [error, errorCode].find((code) => typeof code === "string");
  return {
    title: "Too many requests",
    text: "The proxy had the code, but the authorization server accepts no more requests at the moment.",
    remedy: `${wait}, then sign in again.`,
    error: known ?? "status 429",
    description: [description, errorSummary].find((text) => typeof text === "string") ?? null,
  };
}

const ERRORS_AT_TOKEN = {
  invalid_grant: {
    title: "The code was not accepted",
    text: "The authorization server did not issue tokens for the code.",
    remedy:
      "A code expires after a minute, can be used once, and belongs to one Callback URL: page and proxy must have " +
      "the same FORTELLIS_REDIRECT_URI. Sign in again.",
  },
  invalid_client: {
    title: "The proxy’s credentials were refused",
    text: "The authorization server does not accept the app’s API Key and API Secret.",
    remedy: "Check FORTELLIS_API_KEY and FORTELLIS_API_SECRET of the proxy, then sign in again.",
  },
  proxy_credentials_refused: {
    title: "The proxy’s credentials were refused",
    text: "The authorization server does not accept the app’s API Key and API Secret.",
    remedy: "Check FORTELLIS_API_KEY and FORTELLIS_API_SECRET of the proxy, then sign in again.",
  },
  upstream_unreachable: {
    title: "The authorization server cannot be reached",
    text: "The proxy had the code, but the authorization server cannot be reached.",
    remedy: "Start the authorization server, then sign in again.",
  },
  upstream_timeout: {
    title: "The authorization server does not answer",
    text: "The proxy had the code, but the authorization server did not answer in time.",
    remedy: "Wait a moment, then sign in again.",
  },
  upstream_broke_off: {
    title: "The authorization server’s answer was incomplete",
    text: "The proxy had the code, but the answer was incomplete. It is not known whether the code has been used.",
    remedy: again,
  },
  upstream_nonsense: {
    title: "The authorization server’s answer cannot be read",
    text: "The proxy had the code, but the authorization server’s answer has no tokens.",
    remedy: "Check the authorization server’s log, then sign in again.",
  },
  foreign_origin: {
    title: "The proxy does not know this page",
    text: "The proxy accepts codes only from pages of other origins.",
    remedy: "Let PROXY_ALLOWED_ORIGINS name this page’s origin, then sign in again.",
  },
};

/** The beginning of a text, on one line. */
function excerpt(text) {
  const line = text.replace(/\s+/g, " ").trim();
  if (line === "") return "nothing";
  return line.length > 160 ? `${line.slice(0, 160)}…` : line;
}
