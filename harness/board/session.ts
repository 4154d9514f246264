/** Who looks at the page: signing in by Supabase Auth, the roles they hold, and the one in which they act. */
import { createClient, type Session as AuthSession } from "@supabase/supabase-js";
import type { Configuration } from "./configuration.ts";
import { belongTo } from "./drafts.ts";
import { type Fault, faultOf, Refused, thrown } from "./faults.ts";
import { withoutAnswer } from "./link.ts";
import { Kept, STORAGE_KEY } from "./kept.ts";
import { isRole, type Role } from "./offers.ts";
import type { Membership } from "./rows.ts";
import { Store } from "./store.ts";

export interface Me {
  subject: string;
  email: string;
  /** The name by which records know them. */
  recordedAs: string;
  acting: Role | null;
  held: Role[];
  memberships: Membership[];
}

export type State =
  | { kind: "starting" }
  | { kind: "signed_out"; fault?: Fault }
  | { kind: "unreachable"; fault: Fault }
  | { kind: "signed_in"; me: Me };

const LONGEST_WAIT = 20_000;
const BAD_LINK: Fault = {
  kind: "refused",
  message: "The link did not sign you in.",
  hint: "Ask for a new one, or sign in another way.",
};

/** A request that ends: a connection that hangs counts as lost. */
const patient: typeof fetch = (input, init) => {
  const limit = AbortSignal.timeout(LONGEST_WAIT);
  return fetch(input, { ...init, signal: init?.signal ? AbortSignal.any([init.signal, limit]) : limit });
};

function connect({ url, publishableKey }: Configuration) {
  return createClient(url, publishableKey, {
    db: { schema: "ops" },
    global: { fetch: patient },
    auth: {
      flowType: "pkce",
      storage: new Kept(sessionStorage, localStorage, url),
      storageKey: STORAGE_KEY,
      autoRefreshToken: true,
      detectSessionInUrl: true,
      persistSession: true,
    },
  });
}

/** What a token says; nothing of a text that is none. The database verifies it, this page does not need to. */
export function claimsOf(token: string): Record<string, unknown> {
  try {
    const part = (token.split(".")[1] ?? "").replaceAll("-", "+").replaceAll("_", "/");
    const bytes = Uint8Array.from(atob(part), (character) => character.charCodeAt(0));
    return JSON.parse(new TextDecoder().decode(bytes)) as Record<string, unknown>;
  } catch {
    return {};
  }
}

export class Session {
  readonly state = new Store<State>({ kind: "starting" });
  readonly client: ReturnType<typeof connect>;

  /** What the address says of a link that did not sign anybody in. */
  #link: Fault | undefined;

  constructor(readonly configuration: Configuration) {
    const clean = withoutAnswer(location.href);
    if (clean !== null) {
      this.#link = BAD_LINK;
      history.replaceState(null, "", clean);
    }
    this.client = connect(configuration);
    this.client.auth.onAuthStateChange((event) => {
      // supabase-js holds its lock while it calls this, so nothing may wait for it here.
      if (event === "SIGNED_OUT") queueMicrotask(() => this.#ended());
    });
  }

  /** Take up the session of this tab, or the one that a magic link or a single sign-on began. */
  async start(): Promise<void> {
    this.state.set({ kind: "starting" });
    const { error } = await this.client.auth.initialize();
    if (error) return this.state.set({ kind: "signed_out", fault: thrown(error) });
    await this.#look();
    if (this.#link && this.state.get().kind === "signed_out") {
      this.state.set({ kind: "signed_out", fault: this.#link });
    }
    this.#link = undefined;
  }

  async #look(): Promise<void> {
    try {
      const { data, error } = await this.client.auth.getSession();
      if (error) throw error;
      if (!data.session) return this.state.set({ kind: "signed_out" });
      await this.#become(data.session);
    } catch (error) {
      const fault = thrown(error);
      this.state.set(fault.kind === "lost" ? { kind: "unreachable", fault } : { kind: "signed_out", fault });
    }
  }

  /** `asked`: a role was asked for already, so that it is asked for once. */
  async #become(session: AuthSession, asked = false): Promise<void> {
    const claims = claimsOf(session.access_token);
    const subject = String(claims.sub ?? "");
    const named = String(claims.role ?? "");
    // Any other token is of somebody without a role, who may not ask.
    const memberships = isRole(named) ? await this.#memberships() : [];
    const held = [...new Set(memberships.map((membership) => membership.role).filter(isRole))];
    belongTo(subject);
    this.state.set({
      kind: "signed_in",
      me: {
        subject,
        email: session.user?.email ?? String(claims.email ?? ""),
        recordedAs: memberships[0]?.recorded_as ?? subject,
        // A role that was revoked gives nothing any more.
        acting: isRole(named) && held.includes(named) ? named : null,
        held,
        memberships,
      },
    });
    if (asked || held.length === 0 || isRole(named) && held.includes(named)) return;
    try {
      await this.actAs(held[0]!);
    } catch (error) {
      this.state.set({ kind: "unreachable", fault: thrown(error) });
    }
  }

  async #memberships(): Promise<Membership[]> {
    const { data, error, status } = await this.client.rpc("my_memberships");
    if (!error) return data as Membership[];
    // Their roles were revoked since the token was signed.
    if (error.code === "42501") return [];
    throw new Refused(faultOf(status, error));
  }

  #ended(): void {
    if (this.state.get().kind !== "signed_in") return;
    this.state.set({
      kind: "signed_out",
      fault: {
        kind: "ended",
        message: "Your session has ended.",
        hint: "Sign in again. What you typed is kept.",
      },
    });
  }

  async withPassword(email: string, password: string): Promise<void> {
    const { data, error } = await this.client.auth.signInWithPassword({ email, password });
    if (error) throw new Refused(thrown(error));
    await this.#become(data.session);
  }

  /** Send a link that signs in; nobody gets an account by it. */
  async byLink(email: string): Promise<void> {
    const { error } = await this.client.auth.signInWithOtp({
      email,
      options: { shouldCreateUser: false, emailRedirectTo: here() },
    });
    if (error) throw new Refused(thrown(error));
  }

  /** Go to the single sign-on of a domain, such as example.com. */
  async bySso(domain: string): Promise<void> {
    const { data, error } = await this.client.auth.signInWithSSO({ domain, options: { redirectTo: here() } });
    if (error) throw new Refused(thrown(error));
    if (data?.url) location.assign(data.url);
  }

  /** Act in another role that the person holds: the next token of the session has it. */
  async actAs(role: Role): Promise<void> {
    const state = this.state.get();
    if (state.kind === "signed_in" && state.me.acting === role) return;
    const { error, status } = await this.client.rpc("act_as", { role });
    if (error) throw new Refused(faultOf(status, error));
    await this.#renew(true);
    const now = this.state.get();
    if (now.kind === "signed_in" && now.me.acting !== role) throw new Refused(notGiven(role));
  }

  /**
   * Look whether the person still holds their roles. A view has no rows for whom a role was revoked, rather than
   * refuse: what is empty says nothing of the project then.
   */
  async lookAtRoles(): Promise<void> {
    const state = this.state.get();
    if (state.kind !== "signed_in") return;
    const held = await this.#memberships();
    if (JSON.stringify(held) !== JSON.stringify(state.me.memberships)) await this.#renew(false);
  }

  /** Get a new access token; what it says of the role holds from then on. */
  renew(): Promise<void> {
    return this.#renew(false);
  }

  async #renew(asked: boolean): Promise<void> {
    const { data, error } = await this.client.auth.refreshSession();
    if (error) {
      const fault = thrown(error);
      if (fault.kind !== "lost") this.#ended();
      throw new Refused(
        fault.kind === "lost" ? fault : { kind: "ended", message: "Your session has ended." },
      );
    }
    if (data.session) await this.#become(data.session, asked);
  }

  /** End all sessions of the person, on every device. This tab forgets its own even when nobody answers. */
  async signOut(): Promise<void> {
    this.state.set({ kind: "signed_out" });
    const { error } = await this.client.auth.signOut({ scope: "global" });
    if (error) {
      await this.client.auth.signOut({ scope: "local" });
      const { message } = thrown(error);
      this.state.set({
        kind: "signed_out",
        fault: {
          kind: "lost",
          message: `This tab is signed out. Other sessions may go on: ${message}`,
          hint: "To end them too, sign in again, then sign out.",
        },
      });
    }
  }
}

function notGiven(role: Role): Fault {
  return {
    kind: "refused",
    message: `The project did not give this session the role ${role}, although you hold it.`,
    hint: "Whoever runs the project must switch on its access token hook, ops.custom_access_token_hook.",
  };
}

/** The address of the page itself, to which a link in an e-mail leads back. */
function here(): string {
  return `${location.origin}${location.pathname}`;
}
