import type { Issue } from "./answers.ts";
import { pathPart } from "./body.ts";

// Each pattern takes time in proportion to the text. SQL has the same ones (ops_private.has_secret).
const SHAPES = [
  String.raw`(AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}([^A-Z0-9]|$)`,
  String.raw`gh[oprsu]_[A-Za-z0-9]{36}`,
  String.raw`github_pat_[A-Za-z0-9_]{22}`,
  String.raw`gl(agent|cbt|dt|ft|pat|ptt|rt|soat)-[A-Za-z0-9_-]{20}`,
  String.raw`xox[abeoprs]-[A-Za-z0-9-]{10}`,
  String.raw`xapp-[0-9]-[A-Za-z0-9-]{10}`,
  String.raw`[rs]k_(live|test)_[A-Za-z0-9]{16}`,
  String.raw`whsec_[A-Za-z0-9+/]{24}`,
  String.raw`AIza[A-Za-z0-9_-]{35}`,
  String.raw`GOCSPX-[A-Za-z0-9_-]{28}`,
  String.raw`ya29\.[A-Za-z0-9_-]{20}`,
  String.raw`npm_[A-Za-z0-9]{36}`,
  String.raw`pypi-[A-Za-z0-9_-]{50}`,
  String.raw`dckr_[op]at_[A-Za-z0-9_-]{20}`,
  String.raw`sk-(ant|proj|svcacct)-[A-Za-z0-9_-]{20}`,
  String.raw`sk-[A-Za-z0-9]{48}`,
  String.raw`SG\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43}`,
  String.raw`sb_secret_[A-Za-z0-9_-]{20}`,
  String.raw`sbp_[a-f0-9]{40}`,
  String.raw`hv[bs]\.[A-Za-z0-9_-]{24}`,
  String.raw`do[opr]_v1_[a-f0-9]{64}`,
  String.raw`hf_[A-Za-z0-9]{34}`,
  String.raw`dapi[a-f0-9]{32}`,
  String.raw`shp(at|ca|pa|ss)_[a-fA-F0-9]{32}`,
  String.raw`ATATT3[A-Za-z0-9_=-]{50}`,
  String.raw`hooks\.slack\.com/services/[A-Za-z0-9/]{20}`,
  String.raw`discord(app)?\.com/api/webhooks/[0-9]{16,20}/[A-Za-z0-9_-]{40}`,
  String.raw`webhook\.office\.com/webhookb2/[A-Za-z0-9-]{20}`,
  String.raw`api\.telegram\.org/bot[0-9]{6,12}:[A-Za-z0-9_-]{30}`,
];
const JWT = String.raw`[A-Za-z0-9_-]\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8}`;
const KEY = new RegExp(
  `(^|[^A-Za-z0-9])(${SHAPES.join("|")})|${JWT}|-----BEGIN ([A-Z0-9]+ ){0,3}PRIVATE KEY( BLOCK)?-----`,
);
const USER_INFO = /:\/\/[^/?#\s@]*@/;
const SIGNATURE =
  /[?&;#](access_token|job_token|private_token|sig|signature|x-amz-security-token|x-amz-signature|x-goog-signature|x-obs-signature|x-oss-signature)=[^&#\s]/i;

// The characters that programs write as percent codes in addresses. The others become blanks.
const RESERVED = "!#&+-./:;=?@_~";
const ENCODED = /%[0-9A-Fa-f]{2}|\\|\[[0-9;]*m/;
const ESCAPES = /\\(u[0-9a-fA-F]{4}|[bfnrt"/])?|\[[0-9;]*m/g;

/** A text after one pass of percent-decoding. Escapes of JSON, colours of a terminal and other codes become blanks. */
function decodedOnce(text: string): string {
  return text.replace(ESCAPES, " ").replace(/%([0-9A-Fa-f]{2})/g, (_, code) => {
    const character = String.fromCharCode(parseInt(code, 16));
    return RESERVED.includes(character) ? character : " ";
  });
}

/** Whether a text has something that looks like a key, a token or a private key, as it stands or decoded once. */
export function hasSecret(text: string): boolean {
  return showsSecret(text) || ENCODED.test(text) && showsSecret(decodedOnce(text));
}

function showsSecret(text: string): boolean {
  return KEY.test(text) || text.includes("://") && (USER_INFO.test(text) || SIGNATURE.test(text));
}

/** The issue of each text of a document that has a secret. For the name of a field: the issue of the object around it. */
export function secretIssues(document: unknown, path: Issue["path"] = []): Issue[] {
  if (typeof document === "string") return hasSecret(document) ? [secretAt(path)] : [];
  if (typeof document !== "object" || document === null) return [];
  const entries: [string | number, unknown][] = Array.isArray(document)
    ? [...document.entries()]
    : Object.entries(document);
  const issues = entries.flatMap(([name, value]) =>
    typeof name === "string" && hasSecret(name)
      ? []
      : secretIssues(value, [...path, typeof name === "number" ? name : pathPart(name)])
  );
  const named = entries.some(([name]) => typeof name === "string" && hasSecret(name));
  return named ? [secretAt(path), ...issues] : issues;
}

function secretAt(path: Issue["path"]): Issue {
  return {
    path,
    code: "secret",
    message: "expected no key, token, private key, or address with user info or a signature",
  };
}
