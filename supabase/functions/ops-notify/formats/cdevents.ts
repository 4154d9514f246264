import type { Notice } from "../notice.ts";
import { wordsOf } from "../words.ts";
import type { Message } from "./message.ts";

const SPEC_VERSION = "0.6.0-draft";

interface Subject {
  id: string;
  content: Record<string, unknown>;
}

/** The kinds that CDEvents has a type for. The others have one of ours, in the form of CDEvents' custom types. */
const STANDARD: Record<string, { type: string; subject: (notice: Notice, link: string) => Subject }> = {
  gate_waits: { type: "dev.cdevents.approval.created.0.1.0", subject: approval },
  promoted: { type: "dev.cdevents.service.deployed.0.3.0", subject: deployed },
  rolled_back: { type: "dev.cdevents.service.rolledback.0.3.0", subject: deployed },
};

/** A notice as a CloudEvent (1.0, structured JSON) whose data is a CDEvent. */
export function cdevents(notice: Notice, link?: string): Message {
  const { type, subject } = STANDARD[notice.kind] ?? { type: customType(notice.kind), subject: own };
  const about = subject(notice, link ?? `urn:uuid:${notice.release_id ?? notice.id}`);
  const source = `/ops-release-gates/${encodeURIComponent(notice.project)}`;
  const timestamp = notice.happened_at;
  const data = {
    context: { specversion: SPEC_VERSION, id: notice.id, source, type, timestamp },
    subject: { id: about.id, source, content: about.content },
    customData: { title: wordsOf(notice).title, ...notice },
    customDataContentType: "application/json",
  };
  const event = {
    ...{ specversion: "1.0", id: notice.id, source, type, subject: about.id, time: timestamp },
    ...{ datacontenttype: "application/json", data },
  };
  return { type: "application/cloudevents+json; charset=utf-8", body: JSON.stringify(event) };
}

/** `gate_failed` → `dev.cdeventsx.opsreleasegates-gate.failed.0.1.0`; a type has letters and one dot there. */
export function customType(kind: string): string {
  const [subject = "notice", ...rest] = kind.split("_");
  return `dev.cdeventsx.opsreleasegates-${letters(subject)}.${letters(rest.join("")) || "noticed"}.0.1.0`;
}

function letters(text: string): string {
  return text.replace(/[^A-Za-z]/g, "");
}

function releaseOf({ release_id, id }: Notice): string {
  return release_id ?? id;
}

function approval(notice: Notice, link: string): Subject {
  const id = [releaseOf(notice), notice.gate, notice.persona].filter(Boolean).join("/");
  const requestor = `urn:ops-release-gates:project:${encodeURIComponent(notice.project)}`;
  return { id, content: { approvalDetailsUrl: link, resourceTargetUrl: link, requestor } };
}

function deployed(notice: Notice): Subject {
  const name = encodeURIComponent(notice.service ?? notice.project);
  const version = encodeURIComponent(notice.source_sha ?? notice.release_ref ?? releaseOf(notice));
  const content = {
    environment: { id: notice.environment ?? "unknown" },
    artifactId: `pkg:generic/${name}@${version}`,
  };
  return { id: notice.service ?? notice.project, content };
}

function own(notice: Notice): Subject {
  return { id: releaseOf(notice), content: { kind: notice.kind } };
}
