/** What a sign-in link may have put into the address of the page. */

/** All but the code that this page asked for. An error has a text, and anybody can write a link with any text. */
const ANSWERS = ["error", "error_code", "error_description", "access_token", "refresh_token"];

/** The address without an answer that gives no session here; null when it has none. */
export function withoutAnswer(href: string): string | null {
  const address = new URL(href);
  const isRoute = address.hash.startsWith("#/");
  const fragment = new URLSearchParams(isRoute ? "" : address.hash.slice(1));
  if (!ANSWERS.some((name) => address.searchParams.has(name) || fragment.has(name))) return null;
  address.search = "";
  if (!isRoute) address.hash = "";
  return address.href;
}
