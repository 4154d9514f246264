/** Where in the page one is: the part of the address after `#`. */
export type Route =
  | { page: "waiting" }
  | { page: "releases"; filter: Record<string, string> }
  | { page: "release"; id: string; at?: string }
  | { page: "live" }
  | { page: "exceptions" }
  | { page: "figures" }
  | { page: "unknown"; hash: string };

const ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const FILTERS = ["project", "status", "environment", "text", "mine", "waiting"];

function filterOf(query: string): Record<string, string> {
  const asked = new URLSearchParams(query);
  return Object.fromEntries(FILTERS.flatMap((name) => {
    const value = asked.get(name);
    return value ? [[name, value]] : [];
  }));
}

/** The route that a hash names. */
export function route(hash: string): Route {
  const [path = "", query = ""] = hash.replace(/^#?\/?/, "").split("?", 2);
  const [page = "", id = ""] = path.split("/");
  switch (page) {
    case "":
    case "waiting":
      return { page: "waiting" };
    case "releases":
      return { page: "releases", filter: filterOf(query) };
    case "release": {
      const at = new URLSearchParams(query).get("at");
      if (ID.test(id)) {
        return {
          page: "release",
          id: id.toLowerCase(),
          ...(at && !Number.isNaN(Date.parse(at)) ? { at } : {}),
        };
      }
      return { page: "unknown", hash };
    }
    case "live":
    case "exceptions":
    case "figures":
      return { page };
    default:
      return { page: "unknown", hash };
  }
}

/** The hash of a route. */
export function hashOf(to: Route): string {
  switch (to.page) {
    case "releases": {
      const query = new URLSearchParams(to.filter).toString();
      return query ? `#/releases?${query}` : "#/releases";
    }
    case "release":
      return `#/release/${to.id}${to.at ? `?${new URLSearchParams({ at: to.at })}` : ""}`;
    case "unknown":
      return "#/waiting";
    default:
      return `#/${to.page}`;
  }
}

/** The event that tells of an address that was replaced where one stands: nothing is scrolled for it. */
export const STEPPED = "ops-board-stepped";
