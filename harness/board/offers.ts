/** What is offered to whom: nothing that the role may not do. The database decides; this only spares a refusal. */
import type { GateStatus } from "./rows.ts";

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

/** A role that a person holds in a project; null stands for every project. */
export interface Holding {
  role: string;
  project: string | null;
}

/** The roles that a person holds in a project. Those of another project give nothing there. */
export function rolesIn(project: string, holdings: readonly Holding[]): Role[] {
  const there = holdings.filter((each) => each.project === null || each.project === project);
  return [...new Set(there.map((each) => each.role).filter(isRole))];
}

/** Release managers alone decide on a release, open, revoke and review its exceptions, and dismiss its stops. */
export function manages(project: string, holdings: readonly Holding[]): boolean {
  return rolesIn(project, holdings).includes("release_manager");
}

/** The roles in which a person sees something of a project where the present one may hold nothing. */
export function rolesBeyond(acting: Role | null, holdings: readonly Holding[]): Role[] {
  const here = holdings.filter((each) => each.role === acting).map((each) => each.project);
  if (here.includes(null)) return [];
  const beyond = holdings.filter((each) => each.role !== acting && !here.includes(each.project));
  return [...new Set(beyond.map((each) => each.role).filter(isRole))];
}

/** The gates that are not cleared, neither by what they ask for nor by an exception: one is for these. */
export function uncleared(gates: readonly { gate_code: string; status: GateStatus }[]): string[] {
  const cleared: readonly GateStatus[] = ["passed", "bypassed"];
  return gates.filter((gate) => !cleared.includes(gate.status)).map((gate) => gate.gate_code);
}

/** The gate on which a role decides. */
const GATE: Partial<Record<Role, string>> = { qa_tester: "G2", release_manager: "G3" };

/** The role in which a person decides on a gate, among those that they hold in its project; null for none. */
export function decider(gateCode: string, held: readonly Role[]): Role | null {
  return held.find((role) => GATE[role] === gateCode) ?? null;
}
