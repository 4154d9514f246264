/** Reads an array of bodies as JSON, and writes for each the paths of its issues, as `ops-event-ingest` finds them. */
import { type Issue, Refusal } from "../ops-event-ingest/answers.ts";
import { readEnvelope } from "../ops-event-ingest/envelope.ts";

function pathsOf(body: unknown): Issue["path"][] {
  try {
    readEnvelope(body, Date.now());
    return [];
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const issues = (error.detail.issues ?? [{ path: ["schema_version"] }]) as Issue[];
    return issues.map(({ path }) => path);
  }
}

const bodies: unknown[] = await new Response(Deno.stdin.readable).json();
console.log(JSON.stringify(bodies.map(pathsOf)));
