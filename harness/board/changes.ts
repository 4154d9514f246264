/** What differs between two looks at a release, in sentences. */
import type { Finding, Gate, Overview } from "./rows.ts";
import { words } from "./texts.ts";

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
    const is = `${code}: ${finding.requirement}:`;
    if (!old) said.push(`${is} ${finding.detail} (new).`);
    else if (old.detail === finding.detail) {
      said.push(`${is} was ${words(old.state)}, is ${words(finding.state)}: “${finding.detail}”.`);
    } else said.push(`${is} was “${old.detail}”, is “${finding.detail}”.`);
  }
  for (const old of gone) said.push(`${code}: ${old.requirement}: “${old.detail}” is gone.`);
  return said;
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
  if (before.artifacts_digest !== after.artifacts_digest) said.push("Other artifacts are on record.");
  return said;
}

/** What of a release brings entries into its history: every fact, and what time alone made of it. */
export function markOf({ seen, gates, exceptions }: Overview): string {
  return JSON.stringify([seen, gates.map((gate) => gate.status), exceptions?.map((each) => each.state)]);
}
