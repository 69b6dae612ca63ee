// The calls that the page makes: the code to the proxy, and the API with a token in the page or behind the proxy.

import * as failure from "./failure.js";

/** How long the proxy and the API may take to answer, in seconds. */
const TIMEOUT_SECONDS = 60;

/** The line before tokens in the console, which people copy from. */
const TOKENS_FOLLOW =
  "The next line has live tokens, as in the tutorial. Anyone who has a token can use it until it expires: do not pass it on.";

/** No call sends cookies or this page's address, uses a cache, or follows a redirect. */
const PLAIN = { cache: "no-store", credentials: "omit", redirect: "error", referrerPolicy: "no-referrer" };

/**
 * Posts the code to the proxy as the tutorial does, and returns the token answer or a failure.
 * @returns {Promise<{answer?: object, failure?: object}>}
 */
export async function redeem(code, { proxy_url: proxyUrl }) {
  let status;
  let text;
  let retryAfter;
  try {
    // A page may post plain text to another origin without a preflight.
    const signal = AbortSignal.timeout(TIMEOUT_SECONDS * 1000);
    const response = await fetch(`${proxyUrl}/v1/token`, { ...PLAIN, method: "POST", body: code, signal });
    status = response.status;
    retryAfter = response.headers.get("Retry-After");
    text = await response.text();
  } catch (error) {
    return {
      failure:
        error.name === "TimeoutError"
          ? failure.proxySilent(proxyUrl, TIMEOUT_SECONDS)
          : failure.proxyUnreachable(proxyUrl, location.origin),
    };
  }
  if (/"(access|id|refresh)_token"/.test(text)) console.log(TOKENS_FOLLOW);
  console.log(text);
  const answer = parseObject(text);
  if (!answer) return { failure: failure.proxyNotJson(proxyUrl, status, text) };
  if (status === 429) return { failure: failure.tooOften(retryAfter, answer) };
  if (status !== 200) return { failure: failure.exchangeRefused(proxyUrl, status, answer) };
  if (typeof answer.access_token !== "string" || answer.access_token === "") {
    return { failure: failure.proxyWithoutToken(proxyUrl, status) };
  }
  return { answer };
}

/**
 * Calls the API as the tutorial does, with the token that the page holds.
 * @returns {Promise<ApiCall>}
 */
export function callFromBrowser(path, { accessToken, subscriptionId }, config) {
  // A missing value is not sent: the API's error is clearer than one about an empty field.
  const sent = [
    ["Accept", "application/json"],
    ...(accessToken ? [["Authorization", `Bearer ${accessToken}`]] : []),
    ...(subscriptionId ? [["Subscription-Id", subscriptionId]] : []),
    ["Request-Id", crypto.randomUUID()],
  ];
  const silence =
    "There was no answer that this page may read. Either nothing answers at FORTELLIS_API_URL, or the API does not allow " +
    "calls from pages (CORS). A backend may call it all the same.";
  return ask(below(config.api_url, path), sent, silence);
}

/**
 * Calls the API through the proxy, which has a token of its own.
 * @returns {Promise<ApiCall>}
 */
export async function callThroughBackend(path, config) {
  const said = await askProxy(below(`${config.proxy_url}/v1/api`, path));
  return { ...said, sent: [...said.sent, ["Authorization", "none from this page: the proxy adds its own"]] };
}

/**
 * The app's subscriptions. The Subscriptions API requires an app's own token, so the backend calls it.
 * @returns {Promise<{subscriptions?: {subscriptionId: string, orgName: string, status: string}[], problem?: string}>}
 */
export async function findSubscriptions({ proxy_url: proxyUrl }) {
  const { ok, status, json, problem } = await askProxy(`${proxyUrl}/v1/subscriptions`);
  if (problem) return { problem };
  if (!ok) {
    const why = [json?.error ?? json?.code, json?.error_description ?? json?.message].filter(Boolean).join(": ");
    return { problem: why ? `${status}: ${why}` : status };
  }
  const all = json?.subscriptions;
  return Array.isArray(all) ? { subscriptions: all } : { problem: `${status}, but without a list of subscriptions` };
}

function askProxy(url) {
  const silence =
    "There was no answer that this page may read. Either nothing answers at PROXY_URL, or PROXY_ALLOWED_ORIGINS does not " +
    `name ${location.origin}.`;
  return ask(url, [["Accept", "application/json"], ["Request-Id", crypto.randomUUID()]], silence);
}

/**
 * One request and its answer, for people to read.
 * @typedef {{request: string, sent: string[][], ok: boolean, refusesToken?: boolean, status?: string,
 *   received?: string[][], body?: string, json?: any, problem?: string}} ApiCall
 */

/** Sends a request, and returns it and its answer as texts. `silence` is the text for a missing answer. */
async function ask(url, sent, silence) {
  const shown = sent.map(([name, value]) => [name, name === "Authorization" ? shortened(value) : value]);
  const said = { request: `GET ${url}`, sent: shown };
  try {
    const signal = AbortSignal.timeout(TIMEOUT_SECONDS * 1000);
    const response = await fetch(url, { ...PLAIN, headers: sent, signal });
    const text = await response.text();
    const json = parseObject(text);
    return {
      ...said,
      ok: response.ok,
      refusesToken: response.status === 401,
      status: `${response.status} ${response.statusText}`.trim(),
      received: ["Request-Id", "Retry-After"]
        .map((name) => [name, response.headers.get(name)])
        .filter(([, value]) => value !== null),
      body: json ? JSON.stringify(json, null, 2) : text,
      json,
    };
  } catch (error) {
    const problem = error.name === "TimeoutError" ? `There was no answer within ${TIMEOUT_SECONDS} seconds.` : silence;
    return { ...said, ok: false, problem };
  }
}

function below(base, path) {
  return `${base}/${path.trim().replace(/^\/+/, "")}`;
}

/** Enough of a credential to recognise it, and too little to use it. */
function shortened(credential) {
  return credential.length > 32 ? `${credential.slice(0, 19)}…${credential.slice(-6)}` : credential;
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
