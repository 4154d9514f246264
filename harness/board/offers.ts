/** What is offered to whom: nothing that the role may not do. The database decides; this only spares a refusal. */
export const PERSON_ROLES = ["release_manager", "qa_tester", "sre", "developer", "audit_reader"] as const;
export type Role = typeof PERSON_ROLES[number];
export type Page = "waiting" | "releases" | "live" | "exceptions" | "figures";

export const PAGES: Record<Page, string> = {
  waiting: "Waiting",
  releases: "Releases",
  live: "Live",
  exceptions: "Exceptions",
  figures: "Figures",
};

/** Which roles see a page, the one that can do most first. */
const READERS: Record<Page, readonly Role[]> = {
  waiting: PERSON_ROLES,
  releases: PERSON_ROLES,
  live: ["release_manager", "audit_reader", "sre"],
  exceptions: ["release_manager", "audit_reader"],
  figures: ["release_manager", "audit_reader"],
};

export function isRole(name: string): name is Role {
  return (PERSON_ROLES as readonly string[]).includes(name);
}

/** The pages for a person who holds these roles. */
export function pagesFor(held: readonly Role[]): Page[] {
  return (Object.keys(PAGES) as Page[]).filter((page) => READERS[page].some((role) => held.includes(role)));
}

/** In which role to look at a page: the present one if it may, else the first held one that may; null for none. */
export function roleFor(page: Page, acting: Role | null, held: readonly Role[]): Role | null {
  if (acting !== null && READERS[page].includes(acting)) return acting;
  return READERS[page].find((role) => held.includes(role)) ?? null;
}

export type Act = "decide_release" | "open_exception" | "revoke_exception" | "review_exception" | "dismiss";

/** What release managers alone do, each also subject to rules that the database knows. */
export function mayAct(act: Act, acting: Role | null): boolean {
  const roles: Record<Act, readonly Role[]> = {
    decide_release: ["release_manager"],
    open_exception: ["release_manager"],
    revoke_exception: ["release_manager"],
    review_exception: ["release_manager"],
    dismiss: ["release_manager"],
  };
  return acting !== null && roles[act].includes(acting);
}

/** The gate on which a role decides. */
const GATE: Partial<Record<Role, string>> = { qa_tester: "G2", release_manager: "G3" };

export function mayDecide(gateCode: string, acting: Role | null): boolean {
  return acting !== null && GATE[acting] === gateCode;
}

/** The role in which a person decides on a gate: the present one if it may, else one that they hold; null for none. */
export function decider(gateCode: string, acting: Role | null, held: readonly Role[]): Role | null {
  if (mayDecide(gateCode, acting)) return acting;
  return held.find((role) => mayDecide(gateCode, role)) ?? null;
}
