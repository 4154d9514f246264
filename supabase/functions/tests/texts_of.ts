/** Reads an array of texts as JSON, and writes for each what the function says of it: is it a name, is it stated. */
import { isName, isStated } from "../ops-event-ingest/names.ts";

const texts: string[] = await new Response(Deno.stdin.readable).json();
console.log(JSON.stringify(texts.map((text) => [isName(text), isStated(text)])));
