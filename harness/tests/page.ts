// Runs the example of docs/events/README.md as pages do: with the requests that a browser makes for them.
// Input (JSON): the file of the example, what it is called with, and for each call the origin of the page and the
// event. Output (JSON): for each call the answer, or the name of what was thrown.
import process from "node:process";
import { text } from "node:stream/consumers";

/** What a page may send without a question before (Fetch, "CORS-safelisted"). */
const SIMPLE_TYPES = ["application/x-www-form-urlencoded", "multipart/form-data", "text/plain"];
const SIMPLE_HEADERS = ["accept", "accept-language", "content-language", "range"];

const send = globalThis.fetch;

function asksFirst(name: string, value: string): boolean {
  if (name === "content-type") return !SIMPLE_TYPES.includes(value.split(";")[0]!.trim().toLowerCase());
  return !SIMPLE_HEADERS.includes(name);
}

function lets(origin: string, answer: Response): boolean {
  return ["*", origin].includes(answer.headers.get("access-control-allow-origin") ?? "");
}

function listed(answer: Response, header: string): string[] {
  return (answer.headers.get(header) ?? "").toLowerCase().split(",").map((each) => each.trim());
}

/** `fetch` of a page: it asks before it sends, and reads no answer that is not for its origin. */
function fetchOf(origin: string): typeof fetch {
  return async (input, init) => {
    const request = new Request(input, init);
    const names = [...request.headers].filter(([name, value]) => asksFirst(name, value)).map(([name]) => name)
      .sort();
    if (names.length > 0 || !["GET", "HEAD", "POST"].includes(request.method)) {
      const asked = {
        "access-control-request-method": request.method,
        "access-control-request-headers": names.join(),
      };
      const answer = await send(request.url, { method: "OPTIONS", headers: { origin, ...asked } });
      await answer.body?.cancel();
      const methods = [...listed(answer, "access-control-allow-methods"), "get", "head", "post"];
      const headers = listed(answer, "access-control-allow-headers");
      const allowed = methods.includes(request.method.toLowerCase()) &&
        names.every((name) => headers.includes(name));
      if (!answer.ok || !lets(origin, answer) || !allowed) throw new TypeError("Failed to fetch");
    }
    const headers = new Headers(request.headers);
    headers.set("origin", origin);
    const answer = await send(new Request(request, { headers }));
    if (lets(origin, answer)) return answer;
    await answer.body?.cancel();
    throw new TypeError("Failed to fetch");
  };
}

const { example, config, calls } = JSON.parse(await text(process.stdin));
const { sendEvent } = await import(example);
const answers = [];
for (const { origin, event } of calls) {
  globalThis.fetch = fetchOf(origin);
  answers.push(await sendEvent(config, event).catch((error: Error) => ({ thrown: error.name })));
}
console.log(JSON.stringify(answers));
process.exit(); // a client keeps its session alive
