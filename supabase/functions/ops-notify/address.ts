import { lookup } from "node:dns/promises";
import ipaddr from "ipaddr.js";
import { Failure } from "./failures.ts";

/** A checked address: the connection goes to one of `ips`, and no name is resolved again. */
export interface Place {
  url: URL;
  tls: boolean;
  port: number;
  ips: string[];
}

/** The IP addresses of a name. @throws anything when there are none. */
export type Resolve = (name: string) => Promise<string[]>;

const VARIABLE = "OPS_NOTICE_PRIVATE_ADDRESSES";
const IPV6_IN_USE = ipaddr.IPv6.parseCIDR("2000::/3");

/**
 * Reads OPS_NOTICE_PRIVATE_ADDRESSES: `host` or `host:port`, separated by commas. These may be private, and plain http.
 * @throws Error when an entry is none.
 */
export function readExceptions(value = Deno.env.get(VARIABLE)): ReadonlySet<string> {
  const entries = (value ?? "").split(",").map((entry) => entry.trim()).filter((entry) => entry !== "");
  for (const entry of entries) {
    const url = `https://${entry}/`;
    if (!/^[a-z0-9.:[\]-]+$/.test(entry) || !URL.canParse(url) || new URL(url).host !== entry) {
      throw new Error(`${VARIABLE} must list names or addresses such as 127.0.0.1:9999, separated by commas`);
    }
  }
  return new Set(entries);
}

async function resolveHere(name: string): Promise<string[]> {
  const found = await lookup(name, { all: true });
  // Not every network has a way out for IPv6.
  return found.toSorted((a, b) => a.family - b.family).map(({ address }) => address);
}

function isIp(text: string): boolean {
  return ipaddr.IPv4.isValidFourPartDecimal(text) || ipaddr.IPv6.isValid(text);
}

/** Whether an IP address belongs to the public internet; an address inside another one does not count. */
export function isPublic(ip: string): boolean {
  // `1.2.3` is an address to the library, and to nobody who sends packets.
  if (!isIp(ip)) return false;
  const address = ipaddr.parse(ip);
  if (address.range() !== "unicast") return false;
  // The library calls every other IPv6 address `unicast` too, those with an IPv4 address inside included.
  return address.kind() === "ipv4" || (address as ipaddr.IPv6).match(IPV6_IN_USE);
}

/**
 * The address of a target, checked and resolved once. A name that also has a private address is refused.
 * @throws Failure `address_refused`, `private_address` or `name_not_found`.
 */
export async function readPlace(
  text: string,
  exceptions: ReadonlySet<string>,
  resolve: Resolve = resolveHere,
): Promise<Place> {
  const url = readUrl(text);
  const excepted = exceptions.has(url.host);
  const tls = url.protocol === "https:";
  if (!excepted && (!tls || url.port !== "")) throw new Failure("address_refused");
  const host = url.hostname.replace(/^\[|\]$/g, "");
  const ips = isIp(host) ? [host] : await resolve(host).catch(() => []);
  if (ips.length === 0) throw new Failure("name_not_found");
  const open = ips.filter(isPublic).length;
  if (!excepted && open < ips.length) throw new Failure("private_address");
  // Without TLS everybody on the way could read the message and its signature.
  if (!tls && open > 0) throw new Failure("address_refused");
  return { url, tls, port: Number(url.port) || (tls ? 443 : 80), ips };
}

/** An address in its one plain spelling: a second spelling of a host is how a private one passes for another. */
function readUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const plain = url && /^https?:$/.test(url.protocol) && !url.hostname.endsWith(".") && url.hash === "";
  if (!plain || !text.startsWith(`${url.protocol}//${url.host}/`) || /[\s\\]/.test(text)) {
    throw new Failure("address_refused");
  }
  return url;
}
