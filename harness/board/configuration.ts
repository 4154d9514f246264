/** Which project the page shows. `config.js` says so before the page starts. */
export interface Configuration {
  url: string;
  publishableKey: string;
  /** Whether the project is a stack on somebody's own machine. */
  development: boolean;
}

const LOOPBACK = ["localhost", "127.0.0.1", "[::1]"];
const MEND = "Write the files again with `ops-gates board --out`, or mend config.js.";

function usable(url: unknown): url is string {
  if (typeof url !== "string" || !URL.canParse(url)) return false;
  const { protocol, hostname, username, search, hash } = new URL(url);
  const safe = protocol === "https:" || protocol === "http:" && LOOPBACK.includes(hostname);
  return safe && username === "" && search === "" && hash === "";
}

/** The configuration, or one sentence that says what is wrong with it. */
export function configuration(given: unknown): Configuration | string {
  if (typeof given !== "object" || given === null) return `config.js names no project. ${MEND}`;
  const { url, publishableKey, development } = given as Record<string, unknown>;
  if (!usable(url)) return `The url in config.js is not the https address of a project. ${MEND}`;
  if (typeof publishableKey !== "string" || publishableKey === "") {
    return `config.js has no publishable key. ${MEND}`;
  }
  if (publishableKey.startsWith("sb_secret_")) {
    return `config.js has a secret key, which everybody could read here. Replace that key in the project. ${MEND}`;
  }
  return { url: url.replace(/\/+$/, ""), publishableKey, development: development === true };
}
