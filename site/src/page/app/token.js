// Tokens in readable form: decoded, with times as texts.

/**
 * Header and claims of a JWT (RFC 7515 §7.1), or null if the token is not a JWT: an access token need not be (RFC 6749 §1.4).
 * The signature is not checked.
 */
export function decode(token) {
  const parts = token.split(".");
  if (parts.length !== 3) return null;
  try {
    const [header, claims] = parts.slice(0, 2).map((part) => JSON.parse(fromBase64Url(part)));
    return { header, claims };
  } catch {
    return null;
  }
}

function fromBase64Url(text) {
  const bytes = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return new TextDecoder("utf-8", { fatal: true }).decode(Uint8Array.from(bytes, (byte) => byte.charCodeAt(0)));
}

/** The claims that are times (RFC 7519 §4.1, OpenID Connect Core §2), in the order in which they happen. */
const TIMES = [
  ["auth_time", "Signed in"],
  ["iat", "Issued"],
  ["nbf", "Valid from"],
  ["exp", "Expires"],
];

/** The times of a token as texts: `[["Issued", "2 Jan 2026, 03:04:05 (now)"], …]`. */
export function times(claims, now) {
  return TIMES.filter(([name]) => Number.isFinite(claims[name])).map(([name, label]) => {
    const at = claims[name] * 1000;
    const exact = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "medium" });
    return [label, Math.abs(at) < 8.64e15 ? `${exact.format(at)} (${relative(at - now)})` : String(claims[name])];
  });
}

function relative(milliseconds) {
  const seconds = Math.round(milliseconds / 1000);
  const words = duration(Math.abs(seconds));
  if (Math.abs(seconds) < 5) return "now";
  return seconds > 0 ? `in ${words}` : `${words} ago`;
}

/** A number of seconds as text, with two units at most: `3600` is `1 hour`, `3661` is `1 hour 1 minute`. */
export function duration(seconds) {
  const units = [
    ["day", 86_400],
    ["hour", 3_600],
    ["minute", 60],
    ["second", 1],
  ];
  const first = units.findIndex(([, size]) => seconds >= size);
  if (first === -1) return "0 seconds";
  let rest = seconds;
  const words = units.slice(first, first + 2).map(([name, size]) => {
    const count = Math.floor(rest / size);
    rest -= count * size;
    return count === 0 ? "" : `${count} ${name}${count === 1 ? "" : "s"}`;
  });
  return words.filter(Boolean).join(" ");
}
