/** What waits for a person: how it is said, in which group it stands, and what can be done about it on the page. */
import type { Matter } from "./parts/decide.ts";
import { isRole, type Role } from "./offers.ts";
import type { InboxItem, InboxKind, Overview } from "./rows.ts";

export type Way =
  | { act: "decide"; title: string; button: string; matter: Matter }
  /** An objection beside the gates: the release says what it was about. */
  | { act: "find"; title: string; button: string; role: Role }
  | { act: "dismiss" | "review"; title: string; button: string }
  | { act: null; title: string; button: string };

const TITLES: Record<InboxKind, string> = {
  sign_off: "Decide",
  missing: "Missing",
  failed: "Failed",
  objection: "Your objection",
  contested_report: "Contested report",
  dismissible: "Can be dismissed",
  exception_decision: "Decide on an exception",
  exception_review: "Review an exception",
  incident: "Your incident",
};

/** A name for an item that stays the same from one answer to the next. */
export function byHand(item: InboxItem): string {
  return [item.kind, item.role, item.release_id, item.gate_code, item.fact].join(" ");
}

/** What an objection was about, as its decision says; null for one that is not shown. Nothing wider is assumed. */
export function matterOf(item: InboxItem, role: Role, { decisions, gates }: Overview): Matter | null {
  const said = decisions?.find((each) => each.approval_id === item.fact);
  if (!said) return null;
  const { scope, gate_code: gateCode, exception_id: exceptionId } = said;
  if (scope === "gate" && !gates.some((gate) => gate.gate_code === gateCode)) return null;
  if (scope === "exception" && exceptionId === null) return null;
  return { releaseId: item.release_id, gateCode, exceptionId, role };
}

export function wayOf(item: InboxItem): Way {
  const title = `${TITLES[item.kind] ?? item.kind}${item.gate_code ? ` on ${item.gate_code}` : ""}`;
  const { role, release_id: releaseId, gate_code: gateCode, fact } = item;
  const none: Way = { act: null, title, button: "" };
  const decide = (exceptionId: string | null): Way =>
    isRole(role) && (gateCode !== null || exceptionId !== null)
      ? { act: "decide", title, button: "Decide", matter: { releaseId, gateCode, exceptionId, role } }
      : none;
  switch (item.kind) {
    case "sign_off":
      return decide(null);
    case "exception_decision":
      return decide(fact);
    case "objection":
      if (gateCode !== null) return decide(null);
      return isRole(role) ? { act: "find", title, button: "Decide", role } : none;
    case "dismissible":
      return { act: "dismiss", title, button: "Dismiss" };
    case "exception_review":
      return { act: "review", title, button: "Review" };
    case "missing":
    case "failed":
    case "contested_report":
    case "incident":
      return none;
    default:
      return nothingFor(item.kind, none);
  }
}

/** A kind of a newer version is only said. A kind of this version that was forgotten does not compile. */
function nothingFor(_: never, none: Way): Way {
  return none;
}

/** What nobody else can do: one lifts an objection, and ends an incident, of one's own. */
const ALONE: readonly InboxKind[] = ["objection", "incident"];

/** The groups that have something, with their titles: what nobody else can do first. */
export function grouped(items: InboxItem[]): [string, InboxItem[]][] {
  const groups: [string, InboxItem[]][] = [
    ["Only you can do this", items.filter((item) => ALONE.includes(item.kind))],
    ["To decide", items.filter((item) => !ALONE.includes(item.kind) && wayOf(item).act !== null)],
    ["To report or repair", items.filter((item) => !ALONE.includes(item.kind) && wayOf(item).act === null)],
  ];
  return groups.filter(([, group]) => group.length > 0);
}

export function isSame(one: InboxItem, other: InboxItem | null): boolean {
  return other !== null && byHand(one) === byHand(other);
}

/** The items with the one that is open, in its place by time, also when it does not wait any more. */
export function withOpen(items: InboxItem[], open: InboxItem | null): InboxItem[] {
  if (open === null || items.some((item) => isSame(item, open))) return items;
  const time = (item: InboxItem) => item.since === null ? 0 : Date.parse(item.since);
  const older = items.findIndex((item) => time(item) < time(open));
  return older < 0 ? [...items, open] : [...items.slice(0, older), open, ...items.slice(older)];
}
