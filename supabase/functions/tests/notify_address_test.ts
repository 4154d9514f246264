import assert from "node:assert/strict";
import { isPublic, readExceptions, readPlace } from "../ops-notify/address.ts";
import { Failure } from "../ops-notify/failures.ts";

const PUBLIC = "93.184.216.34";
const NONE: ReadonlySet<string> = new Set();

/** The code with which an address is refused; undefined when it is taken. `ips` is what its name resolves to. */
async function refused(
  url: string,
  ips: string[] = [PUBLIC],
  exceptions = NONE,
): Promise<string | undefined> {
  try {
    await readPlace(url, exceptions, () => Promise.resolve(ips));
  } catch (error) {
    assert.ok(error instanceof Failure, String(error));
    return error.code;
  }
}

const PRIVATE = {
  "loopback": ["127.0.0.1", "127.8.9.1", "::1"],
  "unspecified and this network": ["0.0.0.0", "0.1.2.3", "::"],
  "private": ["10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "fd00::1", "fc00::1", "fec0::1"],
  "link-local, where clouds keep credentials": [
    "169.254.169.254",
    "fe80::1",
    "fe80::1%eth0",
    "fd00:ec2::254",
  ],
  "carrier-grade NAT": ["100.64.0.1", "100.127.255.254"],
  "multicast and broadcast": ["224.0.0.1", "239.1.1.1", "255.255.255.255", "ff02::1"],
  "reserved, benchmarks and documentation": [
    ...["192.0.0.8", "192.0.2.1", "198.18.0.1", "198.51.100.1", "203.0.113.1", "240.0.0.1", "192.88.99.1"],
    ...["2001:db8::1", "3fff::1", "100::1", "2001:2::1", "2001:20::1", "5f00::1"],
  ],
  "IPv4 inside IPv6: mapped, compatible, translated, NAT64, 6to4, Teredo": [
    ...["::ffff:127.0.0.1", "::ffff:7f00:1", "::ffff:8.8.8.8", "::127.0.0.1", "::7f00:1", "::808:808"],
    ...["::ffff:0:127.0.0.1", "64:ff9b::7f00:1", "64:ff9b::10.0.0.1", "64:ff9b:1::1", "2002:7f00:1::"],
    ...["2002:a00:1::1", "2001:0:7f00:1::"],
  ],
  "no address": ["", "localhost", "300.1.1.1", "1.2.3", ":::"],
};

for (const [kind, ips] of Object.entries(PRIVATE)) {
  Deno.test(`an address is not public: ${kind}`, async () => {
    for (const ip of ips) {
      assert.equal(isPublic(ip), false, ip);
      if (ip === "") continue;
      // As what a name resolves to, alone or beside a public address, and in the address itself.
      assert.equal(await refused("https://receiver.example/", [ip]), "private_address", ip);
      assert.equal(await refused("https://receiver.example/", [PUBLIC, ip]), "private_address", ip);
      const host = ip.includes(":") ? `[${ip}]` : ip;
      if (kind !== "no address") {
        const code = await refused(`https://${host}/`);
        assert.ok(code === "private_address" || code === "address_refused", `${ip}: ${code}`);
      }
    }
  });
}

const SPELLINGS = {
  "another scheme": ["http://receiver.example/", "ftp://receiver.example/", "file:///etc/passwd", "data:,x"],
  "another port": [
    "https://receiver.example:8443/",
    "https://receiver.example:80/",
    "https://receiver.example:22/x",
  ],
  "credentials": [
    "https://user@receiver.example/",
    "https://u:p@receiver.example/",
    "https://receiver.example@127.0.0.1/",
  ],
  "a number as a host": [
    ...[
      "https://2130706433/",
      "https://0x7f000001/",
      "https://0x7f.0.0.1/",
      "https://0177.0.0.1/",
      "https://127.1/",
    ],
    ...["https://134744072/", "https://0x08080808/", "https://010.8.8.8/", "https://8.8.2056/"],
  ],
  "a trailing dot": ["https://receiver.example./", "https://localhost./", "https://127.0.0.1./"],
  "letters that become others": [
    "https://ⓡeceiver.example/",
    "https://１２７.0.0.1/",
    "https://127。0。0。1/",
    "https://RECEIVER.example/",
  ],
  "blanks, backslashes and control characters": [
    ...["https://receiver.example\\@127.0.0.1/", " https://receiver.example/", "https://receiver.example/\n"],
    ...[
      "https://rec\teiver.example/",
      "https:receiver.example/",
      "https:///receiver.example/",
      "https://receiver.example/a b",
    ],
  ],
  "a fragment": ["https://receiver.example/#x"],
  "no address at all": [
    "",
    "receiver.example",
    "//receiver.example/",
    "https://",
    "https://receiver.example",
    "https://[::1",
  ],
  "percent codes in the host": ["https://%31%32%37.0.0.1/", "https://receiver%2eexample/"],
};

for (const [kind, urls] of Object.entries(SPELLINGS)) {
  Deno.test(`an address is refused: ${kind}`, async () => {
    for (const url of urls) assert.equal(await refused(url), "address_refused", url);
  });
}

Deno.test("a public address on 443 is taken, as a name or a number", async () => {
  const urls = [
    "https://receiver.example/",
    "https://hooks.slack.com/services/T0/B0/x?y=1",
    "https://8.8.8.8/",
  ];
  urls.push("https://[2606:4700::1111]/", "https://xn--bcher-kva.example/");
  for (const url of urls) {
    const place = await readPlace(url, NONE, () => Promise.resolve([PUBLIC]));
    assert.deepEqual([place.tls, place.port], [true, 443], url);
  }
  assert.equal(await refused("https://receiver.example/", [PUBLIC, "2606:4700::1111"]), undefined);
});

Deno.test("a name is resolved once: what it resolves to later is not asked", async () => {
  const answers = [[PUBLIC], ["127.0.0.1"]];
  let asked = 0;
  const place = await readPlace(
    "https://receiver.example/",
    NONE,
    () => Promise.resolve(answers[asked++] ?? []),
  );
  assert.deepEqual([place.ips, asked], [[PUBLIC], 1]);
});

Deno.test("a name that resolves to nothing is not found", async () => {
  assert.equal(await refused("https://receiver.example/", []), "name_not_found");
  const gone = readPlace("https://receiver.example/", NONE, () => Promise.reject(new Error("secret")));
  await assert.rejects(gone, new Failure("name_not_found"));
});

Deno.test("what resolves names here finds this machine, and that is refused", async () => {
  await assert.rejects(readPlace("https://localhost/", NONE), new Failure("private_address"));
});

Deno.test("an exception is one host on one port; plain http goes to private addresses alone", async () => {
  const exceptions = readExceptions("127.0.0.1:9999, receiver.internal,[::1]:8080");
  const taken = async (url: string, ips = ["10.0.0.1"]) => await refused(url, ips, exceptions);
  const urls = [
    "http://127.0.0.1:9999/x",
    "https://127.0.0.1:9999/",
    "http://receiver.internal/",
    "http://[::1]:8080/",
  ];
  for (const url of urls) assert.equal(await taken(url), undefined, url);
  assert.equal(await taken("https://receiver.internal/", [PUBLIC]), undefined);
  assert.equal(await taken("http://receiver.internal/", [PUBLIC]), "address_refused");
  assert.equal(await taken("http://receiver.internal/", ["10.0.0.1", PUBLIC]), "address_refused");
  for (const url of ["http://127.0.0.1:9998/", "http://127.0.0.1/", "http://receiver.internal:81/"]) {
    assert.equal(await taken(url), "address_refused", url);
  }
  assert.equal(await taken("https://127.0.0.1/"), "private_address");
  assert.equal(await taken("http://u@127.0.0.1:9999/"), "address_refused");
});

Deno.test("a list of exceptions that is none keeps the function from booting", () => {
  for (const none of ["", " ", ",", undefined]) assert.equal(readExceptions(none ?? "").size, 0);
  const bad = ["http://127.0.0.1", "127.1", "a/b", "user@host", "*", "host:443", "HOST", "10.0.0.0/8", "a b"];
  for (const value of bad) assert.throws(() => readExceptions(value), /OPS_NOTICE_PRIVATE_ADDRESSES/, value);
});
