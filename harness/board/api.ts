/** Every call of the page to the project, in one place: what it asks, and what comes back. */
import { type Fault, faultOf, faultOfEvent, Refused, thrown } from "./faults.ts";
import type { Role } from "./offers.ts";
import { everyPage, type List, longest } from "./paging.ts";
import type {
  Decision,
  DeliveryRow,
  DurationRow,
  EventAnswer,
  ExceptionRow,
  Inbox,
  LiveRow,
  Overview,
  ReleaseRow,
  SetAsideRow,
  Timeline,
  WaitingRow,
} from "./rows.ts";
import { type ExceptionEnd, hasItsId, isAsSent, isDone } from "./sending.ts";
import type { Session } from "./session.ts";
import type { Envelope } from "./sign_off.ts";

/** So many notices that were set aside are shown. */
const SET_ASIDE = 20;

interface Answer {
  data: unknown;
  error: unknown;
  status: number;
}

export interface Filter {
  project?: string;
  status?: string;
  environment?: string;
  text?: string;
  mine?: boolean;
  waiting?: boolean;
}

export interface NewException {
  exception_id: string;
  release_id: string;
  exception_type: string;
  impacted_gates: string[];
  reason: string;
  risk_statement: string;
  approver_id: string;
  expires_at: string;
}

export interface NewDecision {
  approval_id: string;
  release_id: string;
  exception_id: string | null;
  approver_id: string;
  decision: Decision;
  reason: string;
}

export class Api {
  constructor(readonly session: Session) {}

  /** Ask; once more with a new token where the token has expired. */
  async #ask(call: () => PromiseLike<Answer>): Promise<unknown> {
    let answer = await call();
    if (answer.error && faultOf(answer.status, answer.error).kind === "ended") {
      await this.session.renew();
      answer = await call();
    }
    if (answer.error) throw new Refused(faultOf(answer.status, answer.error));
    return answer.data;
  }

  async #rpc<T>(name: string, given: Record<string, unknown> = {}): Promise<T> {
    return await this.#ask(() => this.session.client.rpc(name, given)) as T;
  }

  /** All rows of a view in an order that names each of them, so that no page has a row of another. */
  async #all<T>(view: string, order: string[], since?: string): Promise<List<T>> {
    const list = await everyPage<T>((from, to) => {
      const rows = this.session.client.from(view).select("*").range(from, to).retry(false);
      const asked = since === undefined ? rows : rows.gte("month", since);
      return this.#ask(() => order.reduce((sorted, column) => sorted.order(column), asked)) as Promise<T[]>;
    });
    if (list.rows.length === 0) await this.session.lookAtRoles();
    return list;
  }

  inbox(): Promise<Inbox> {
    return this.#rpc("inbox");
  }

  releases(filter: Filter, before: string | null, limit: number): Promise<ReleaseRow[]> {
    return this.#rpc("my_releases", { filter, before, limit });
  }

  overview(releaseId: string, asOf: string | null = null): Promise<Overview> {
    return this.#rpc("release_overview", { release_id: releaseId, as_of: asOf });
  }

  timeline(releaseId: string, before: string | null = null): Promise<Timeline> {
    return this.#rpc("timeline", { release_id: releaseId, before, limit: 100 });
  }

  live(): Promise<List<LiveRow>> {
    return this.#all("v_live", ["project", "environment", "target"]);
  }

  /** What waits longest. */
  waiting(): Promise<List<WaitingRow>> {
    return longest(
      (from, to) =>
        this.#ask(() =>
          this.session.client.from("v_waiting").select("*").order("opened_at").order("gate_id").range(
            from,
            to,
          )
            .retry(false)
        ) as Promise<WaitingRow[]>,
      10,
    );
  }

  /** The newest come last, so that an exception that is opened meanwhile moves no page. */
  exceptions(): Promise<List<ExceptionRow>> {
    return this.#all("v_exception_status", ["effective_from", "exception_id"]);
  }

  /** The newest notices that were set aside. */
  async setAside(): Promise<List<SetAsideRow>> {
    const rows = await this.#ask(() =>
      this.session.client.from("notice_deliveries").select("*").eq("state", "set_aside")
        .order("ended_at", { ascending: false }).order("delivery_id").range(0, SET_ASIDE).retry(false)
    ) as SetAsideRow[];
    return { rows: rows.slice(0, SET_ASIDE), cut: rows.length > SET_ASIDE };
  }

  /** The measures of the months from `since` on. */
  delivery(since: string): Promise<List<DeliveryRow>> {
    return this.#all("v_delivery_metrics", ["month", "project"], since);
  }

  durations(since: string): Promise<List<DurationRow>> {
    return this.#all("v_gate_durations", ["month", "project", "gate_code"], since);
  }

  /** Record a decision on a gate. A refusal is thrown as what it says. */
  async signOff(event: Envelope): Promise<EventAnswer> {
    const envelope = { ...event, sent_at: new Date().toISOString() };
    const answer = await this.#rpc<EventAnswer>("ingest_event", { envelope });
    if (answer.status === "accepted" || answer.status === "duplicate") return answer;
    throw new Refused(faultOfEvent(answer.error ?? answer.status, answer.detail ?? {}));
  }

  /** Record a decision on a release as a whole, or on an exception of it. */
  async decide(said: NewDecision): Promise<void> {
    const { reason, ...row } = said;
    await this.#insert("approvals", "approval_id", {
      ...row,
      scope: row.exception_id === null ? "release" : "exception",
      persona_role: "release_manager",
      rationale_structured: { reason },
      rationale_text: reason,
    });
  }

  async openException(row: NewException): Promise<void> {
    await this.#insert("exceptions", "exception_id", { ...row });
  }

  /** Record a row. If one with its id is there, it was sent before and its answer was lost: then it says the same. */
  async #insert(table: string, id: string, row: Record<string, unknown>): Promise<void> {
    try {
      await this.#ask(() => this.session.client.from(table).insert(row));
    } catch (error) {
      if (!hasItsId(error, table)) throw error;
      const [found] = await this.#ask(() =>
        this.session.client.from(table).select(Object.keys(row).join(",")).eq(id, row[id])
      ) as Record<string, unknown>[];
      if (!found || !isAsSent(row, found)) throw error;
    }
  }

  /** End an exception now, for good. Any value revokes: the database stamps the time. */
  revoke(exceptionId: string): Promise<void> {
    return this.#change(exceptionId, { revoked_at: "now" });
  }

  review(exceptionId: string, status: "complete" | "waived"): Promise<void> {
    return this.#change(exceptionId, { post_review_status: status });
  }

  async #change(exceptionId: string, changes: Partial<ExceptionEnd>): Promise<void> {
    const table = () => this.session.client.from("exceptions");
    try {
      const rows = await this.#ask(() =>
        table().update(changes).eq("exception_id", exceptionId).select("exception_id")
      ) as unknown[];
      if (rows.length === 0) throw new Refused(NO_EXCEPTION);
    } catch (error) {
      // It is refused a second time. When the answer of the first was lost, what was asked for is done.
      if (thrown(error).code !== "OPS07") throw error;
      const [found] = await this.#ask(() =>
        table().select("revoked_at,post_review_status").eq("exception_id", exceptionId)
      ) as ExceptionEnd[];
      if (!found || !isDone(changes, found)) throw error;
    }
  }

  async dismiss(fact: string, reason: string): Promise<void> {
    await this.#rpc("dismiss", { fact, reason });
  }

  actAs(role: Role): Promise<void> {
    return this.session.actAs(role);
  }
}

const NO_EXCEPTION: Fault = {
  kind: "refused",
  message: "There is no such exception that you may change.",
  hint: "Load the page again: somebody may have changed it.",
};
