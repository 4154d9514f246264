/** What differs between two looks at a release, in sentences. */
import type { Gate, Overview } from "./rows.ts";
import { words } from "./texts.ts";

function between(before: Gate | undefined, after: Gate): string[] {
  const said: string[] = [];
  if (before && before.status !== after.status) {
    said.push(`${after.gate_code} was ${words(before.status)}, and is ${words(after.status)}.`);
  }
  const known = new Map((before?.findings ?? []).map((finding) => [finding.requirement, finding]));
  for (const finding of after.findings) {
    const old = known.get(finding.requirement);
    if (!old) said.push(`${after.gate_code}: ${finding.requirement}: ${finding.detail} (new).`);
    else if (old.detail !== finding.detail || old.state !== finding.state) {
      said.push(`${after.gate_code}: ${finding.requirement}: was “${old.detail}”, is “${finding.detail}”.`);
    }
  }
  const now = new Set(after.findings.map((finding) => finding.requirement));
  for (const finding of before?.findings ?? []) {
    if (!now.has(finding.requirement)) said.push(`${after.gate_code}: ${finding.requirement}: is gone.`);
  }
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
