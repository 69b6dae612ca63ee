// The calls that the page makes: the code to the proxy, and the API with a token in the page or behind the proxy.

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
  let retryAfter;
  try {
    // A text is what a page may post to another origin without asking first.
    const signal = AbortSignal.timeout(PATIENCE * 1000);
    const response = await fetch(`${proxyUrl}/v1/token`, { ...PLAIN, method: "POST", body: code, signal });
    status = response.status;
    retryAfter = response.headers.get("Retry-After");
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
  if (status === 429) return { failure: failure.tooOften(retryAfter, answer) };
  if (status !== 200) return { failure: failure.exchangeRefused(proxyUrl, status, answer) };
  if (typeof answer.access_token !== "string" || answer.access_token === "") {
    return { failure: failure.proxyWithoutToken(proxyUrl, status) };
  }
  return { answer };
}

/**
 * Calls the API as the tutorial does, with the token that the page holds.
 * @returns {Promise<Exchange>}
 */
export function callFromBrowser(path, { accessToken, subscriptionId }, config) {
  // What is not there is not sent: the API says so better than an empty field would.
  const sent = [
    ["Accept", "application/json"],
    ...(accessToken ? [["Authorization", `Bearer ${accessToken}`]] : []),
    ...(subscriptionId ? [["Subscription-Id", subscriptionId]] : []),
    ["Request-Id", crypto.randomUUID()],
  ];
  const silence =
    "No answer came that this page may read. Either nothing answers at FORTELLIS_API_URL, or the API does not allow " +
    "calls from pages (CORS). A backend may call it all the same.";
  return ask(below(config.api_url, path), sent, silence);
}

/**
 * Calls the API through the proxy, which has a token of its own.
 * @returns {Promise<Exchange>}
 */
export async function callThroughBackend(path, config) {
  const said = await askProxy(below(`${config.proxy_url}/v1/api`, path));
  return { ...said, sent: [...said.sent, ["Authorization", "none from this page: the proxy adds its own"]] };
}

/**
 * The app's subscriptions. The Subscriptions API wants the token of an app, so this is a matter for the backend.
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
    "No answer came that this page may read. Either nothing answers at PROXY_URL, or PROXY_ALLOWED_ORIGINS does not " +
    `name ${location.origin}.`;
  return ask(url, [["Accept", "application/json"], ["Request-Id", crypto.randomUUID()]], silence);
}

/**
 * One request and its answer, for people to read.
 * @typedef {{request: string, sent: string[][], ok: boolean, refusesToken?: boolean, status?: string,
 *   received?: string[][], body?: string, json?: any, problem?: string}} Exchange
 */

/** Asks, and gives request and answer in words. `silence` says what it means when there is none. */
async function ask(url, sent, silence) {
  const shown = sent.map(([name, value]) => [name, name === "Authorization" ? shortened(value) : value]);
  const said = { request: `GET ${url}`, sent: shown };
  try {
    const signal = AbortSignal.timeout(PATIENCE * 1000);
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
    const problem = error.name === "TimeoutError" ? `No answer came within ${PATIENCE} seconds.` : silence;
    return { ...said, ok: false, problem };
  }
}

function below(base, path) {
  return `${base}/${path.trim().replace(/^\/+/, "")}`;
}

/** Enough of a credential to tell it from another, and too little to use it. */
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
