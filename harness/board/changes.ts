/** What differs between two looks at a release, in sentences. */
import type { Finding, Gate, Overview, ReleaseDecision, ReleaseException } from "./rows.ts";
import { inWords, words } from "./texts.ts";

/** What a finding is about: several of one gate may be about the same, such as two deployments without a report. */
function aboutOf(finding: Finding): string {
  return JSON.stringify([finding.kind, finding.subject, finding.requirement]);
}

/** Those of some findings that the others do not have: two that say the same are matched by two. */
function without(findings: Finding[], others: Finding[]): Finding[] {
  const said = (finding: Finding) => JSON.stringify([aboutOf(finding), finding.state, finding.detail]);
  const left = others.map(said);
  return findings.filter((finding) => {
    const place = left.indexOf(said(finding));
    if (place >= 0) left.splice(place, 1);
    return place < 0;
  });
}

function between(before: Gate | undefined, after: Gate): string[] {
  const said: string[] = [];
  const code = after.gate_code;
  if (before && before.status !== after.status) {
    said.push(`${code} was ${words(before.status)}, and is ${words(after.status)}.`);
  }
  const gone = without(before?.findings ?? [], after.findings);
  for (const finding of without(after.findings, before?.findings ?? [])) {
    const place = gone.findIndex((each) => aboutOf(each) === aboutOf(finding));
    const [old] = place < 0 ? [] : gone.splice(place, 1);
    const is = `${code}: ${inWords(finding.requirement)}:`;
    if (!old) said.push(`${is} ${finding.detail} (new).`);
    else if (old.detail === finding.detail) {
      said.push(`${is} was ${words(old.state)}, is ${words(finding.state)}: “${finding.detail}”.`);
    } else said.push(`${is} was “${old.detail}”, is “${finding.detail}”.`);
  }
  for (const old of gone) said.push(`${code}: ${inWords(old.requirement)}: “${old.detail}” is gone.`);
  return said;
}

function ofException(before: ReleaseException | undefined, after: ReleaseException): string[] {
  const name = `The exception of ${after.impacted_gates.join(", ")}`;
  if (!before) return [`${name} is new: “${after.reason}”.`];
  return before.state === after.state && before.authorises === after.authorises
    ? []
    : [`${name} was ${standing(before)}, and is ${standing(after)}.`];
}

function standing({ state, authorises }: ReleaseException): string {
  return state === "active" && !authorises ? "active without effect" : words(state);
}

function ofDecision({ approver_id, decision, scope, gate_code }: ReleaseDecision): string {
  const on = scope === "gate" ? gate_code : scope === "release" ? "the release" : "an exception";
  return `${approver_id} decided on ${on}: ${words(decision)}.`;
}

/** The sentences, G1 first; one that says so when the gates are as they were, although something was recorded. */
export function changes(before: Overview, after: Overview): string[] {
  const said = after.gates.flatMap((gate) =>
    between(before.gates.find((old) => old.gate_code === gate.gate_code), gate)
  );
  for (const to of ["staging", "production"] as const) {
    const [was, is] = [before[`eligible_for_${to}`], after[`eligible_for_${to}`]];
    if (was !== is) said.push(is ? `It may go to ${to} now.` : `It may not go to ${to} any more.`);
  }
  if (before.release.status !== after.release.status) {
    said.push(`The release was ${words(before.release.status)}, and is ${words(after.release.status)}.`);
  }
  const known = new Map(before.exceptions?.map((each) => [each.exception_id, each]));
  for (const each of after.exceptions ?? []) said.push(...ofException(known.get(each.exception_id), each));
  const decided = new Set(before.decisions?.map((each) => each.approval_id));
  for (const each of after.decisions ?? []) if (!decided.has(each.approval_id)) said.push(ofDecision(each));
  if (before.artifacts_digest !== after.artifacts_digest) said.push("Other artifacts are on record.");
  return said;
}

/** What of a release brings entries into its history: every fact, and what time alone made of it. */
export function markOf({ seen, gates, exceptions }: Overview): string {
  return JSON.stringify([seen, gates.map((gate) => gate.status), exceptions?.map((each) => each.state)]);
}
