/**
 * Markup as tagged templates: htm makes Preact's elements of them, without a compiler and without eval.
 *
 * The tag is not called `markup`, because `deno fmt` would move the blanks in its templates, and blanks are content.
 */
import htm from "htm";
import { h, type VNode } from "preact";

type Tag = (strings: TemplateStringsArray, ...values: unknown[]) => VNode;

// The types of htm say `export default`; its CommonJS declaration hides `bind` from TypeScript.
const tag = (htm as unknown as { bind(element: typeof h): Tag }).bind(h);
const known = new WeakMap<TemplateStringsArray, TemplateStringsArray>();

/** The parts of a template in which a line break is a blank, as in HTML: htm alone drops it, and joins words. */
export function unbroken(strings: readonly string[]): string[] {
  const parts = strings.map((part) => part.replace(/\s*\n\s*/g, "\n"));
  parts[0] = parts[0]!.replace(/^\n/, "");
  parts[parts.length - 1] = parts.at(-1)!.replace(/\n$/, "");
  return parts.map((part) => part.replaceAll("\n", " "));
}

export const markup: Tag = (strings, ...values) => {
  let parts = known.get(strings);
  if (!parts) {
    parts = unbroken(strings) as unknown as TemplateStringsArray;
    known.set(strings, parts);
  }
  return tag(parts, ...values);
};
