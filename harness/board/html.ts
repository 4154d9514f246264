/** Markup as tagged templates: htm makes Preact's elements of them, without a compiler and without eval. */
import htm from "htm";
import { h, type VNode } from "preact";

type Tag = (strings: TemplateStringsArray, ...values: unknown[]) => VNode;

// The types of htm say `export default`, its CommonJS declaration hides `bind` from TypeScript.
export const html: Tag = (htm as unknown as { bind(element: typeof h): Tag }).bind(h);
