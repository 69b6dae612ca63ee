// The two calls that the page makes: the code to the proxy, the token to the API.

import * as failure from "./failure.js";

/** How long the proxy and the API may take to answer, in seconds. */
const PATIENCE = 60;

/** What no call carries or does: cookies, this page's address, a cached answer, a detour. */
const PLAIN = { cache: "no-store", credentials: "omit", redirect: "error", referrerPolicy: "no-referrer" };

/**
 * Posts the code to the proxy as the tutorial does, and gives the token answer or a failure.
 * @returns {Promise<{answer?: object, failure?: object}>}
 */
export async function redeem(code, { proxy_url: proxyUrl }) {
  let status;
  let text;
  try {
    // A text is what a page may post to another origin without asking first.
    const signal = AbortSignal.timeout(PATIENCE * 1000);
    const response = await fetch(`${proxyUrl}/v1/token`, { ...PLAIN, method: "POST", body: code, signal });
    status = response.status;
    text = await response.text();
  } catch (error) {
    return {
      failure:
        error.name === "TimeoutError"
          ? failure.proxySilent(proxyUrl, PATIENCE)
          : failure.proxyUnreachable(proxyUrl, location.origin),
    };
  }
  console.log(text);
  const answer = parseObject(text);
  if (!answer) return { failure: failure.proxyNotJson(proxyUrl, status, text) };
  if (status !== 200) return { failure: failure.exchangeRefused(proxyUrl, status, answer) };
  if (typeof answer.access_token !== "string" || answer.access_token === "") {
    return { failure: failure.proxyWithoutToken(proxyUrl, status) };
  }
  return { answer };
}

/**
 * Calls the API with the token, and gives request and answer in words.
 * @returns {Promise<{request: string, headers: string[][], status?: string, body?: string, problem?: string}>}
 */
export async function callApi(path, accessToken, config) {
  const requestId = crypto.randomUUID();
  const url = `${config.api_url}/${path.trim().replace(/^\/+/, "")}`;
  const said = {
    request: `GET ${url}`,
    headers: [
      ["Authorization", "Bearer (the access token)"],
      ["Subscription-Id", config.subscription_id],
      ["Request-Id", requestId],
    ],
  };
  const headers = {
    Accept: "application/json",
    Authorization: `Bearer ${accessToken}`,
    "Subscription-Id": config.subscription_id,
    "Request-Id": requestId,
  };
  try {
    const response = await fetch(url, { ...PLAIN, headers, signal: AbortSignal.timeout(PATIENCE * 1000) });
    const text = await response.text();
    const json = parseObject(text);
    const status = `${response.status} ${response.statusText}`.trim();
    return { ...said, status, ok: response.ok, body: json ? JSON.stringify(json, null, 2) : text };
  } catch (error) {
    const problem =
      error.name === "TimeoutError"
        ? `No answer came within ${PATIENCE} seconds.`
        : "No answer came that this page may read. Either nothing answers at FORTELLIS_API_URL, or the API does not " +
          "allow calls from pages (CORS): call it through the proxy then, at /v1/api/….";
    return { ...said, ok: false, problem };
  }
}

/** The object or list that a JSON text holds, else null. */
function parseObject(text) {
  try {
    const value = JSON.parse(text);
    return typeof value === "object" ? value : null;
  } catch {
    return null;
  }
}
