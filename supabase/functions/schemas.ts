/** Writes `docs/events/` from the schemas that the function uses. With `--check` it only fails when a file is stale. */
import { publishedFiles } from "./ops-event-ingest/published.ts";

const directory = new URL("../../docs/events/", import.meta.url);

async function staleFiles(files: Map<string, string>): Promise<string[]> {
  const stale: string[] = [];
  for (const [name, content] of files) {
    const current = await Deno.readTextFile(new URL(name, directory)).catch(() => undefined);
    if (current !== content) stale.push(name);
  }
  for await (const { name } of Deno.readDir(directory)) {
    if (name.endsWith(".json") && !files.has(name)) stale.push(name);
  }
  return stale;
}

const files = new Map(
  [...publishedFiles()].map(([name, json]) => [name, JSON.stringify(json, null, 2) + "\n"]),
);
await Deno.mkdir(directory, { recursive: true });

if (Deno.args.includes("--check")) {
  const stale = await staleFiles(files);
  if (stale.length > 0) {
    console.error(
      `stale in docs/events: ${stale.join(", ")}; run \`deno task schemas\` in supabase/functions`,
    );
    Deno.exit(1);
  }
} else {
  for (const [name, content] of files) await Deno.writeTextFile(new URL(name, directory), content);
}
