/** What a page shows, asked again every 15 seconds while somebody looks. What was last known stays when no answer comes. */
import { useEffect, useRef, useState } from "preact/hooks";
import { useShared } from "./context.ts";
import { type Fault, thrown } from "./faults.ts";

const EVERY = 15_000;

export interface Polled<T> {
  data?: T;
  fault?: Fault;
  loading: boolean;
  reload: () => void;
}

/**
 * `key` names what is asked: another key forgets the old answer. `poll` false: once, and when `reload` is called. In
 * another role it is asked again, and what the former role saw does not outlive the answer.
 */
export function usePolled<T>(key: string, load: () => Promise<T>, poll = true): Polled<T> {
  const [shown, show] = useState<{ key: string; data?: T; fault?: Fault; loading: boolean }>({
    key,
    loading: true,
  });
  const { acting } = useShared().me;
  const role = useRef(acting);
  const latest = useRef(load);
  latest.current = load;
  const again = useRef(() => {});
  useEffect(() => {
    let ended = false;
    let asking = false;
    let queued = false;
    let data: T | undefined;
    let seenAs = role.current;
    const ask = async () => {
      // What was asked before a decision may not know of it yet, so it is asked again.
      if (asking) {
        queued = true;
        return;
      }
      asking = true;
      if (seenAs !== role.current) data = undefined;
      seenAs = role.current;
      try {
        data = await latest.current();
        if (!ended) show({ key, data, loading: false });
      } catch (error) {
        if (!ended) show({ key, data, fault: thrown(error), loading: false });
      } finally {
        asking = false;
      }
      if (queued && !ended) {
        queued = false;
        void ask();
      }
    };
    show({ key, loading: true });
    again.current = () => void ask();
    void ask();
    const looked = () => {
      if (poll && document.visibilityState === "visible") void ask();
    };
    const timer = poll ? setInterval(looked, EVERY) : undefined;
    document.addEventListener("visibilitychange", looked);
    return () => {
      ended = true;
      clearInterval(timer);
      document.removeEventListener("visibilitychange", looked);
    };
  }, [key, poll]);
  useEffect(() => {
    if (role.current === acting) return;
    role.current = acting;
    again.current();
  }, [acting]);
  const now = shown.key === key ? shown : { key, loading: true };
  return { data: now.data, fault: now.fault, loading: now.loading, reload: () => again.current() };
}

/** Do something whenever a value becomes another one; not for the first. */
export function useChange(value: string | undefined, act: () => void): void {
  const before = useRef<string | undefined>(undefined);
  useEffect(() => {
    const was = before.current;
    if (value === undefined) return;
    before.current = value;
    if (was !== undefined && was !== value) act();
  }, [value]);
}

/** The present moment, told again every half minute so that ages stay true. */
export function useNow(): number {
  const [now, tell] = useState(Date.now());
  useEffect(() => {
    const timer = setInterval(() => tell(Date.now()), EVERY * 2);
    return () => clearInterval(timer);
  }, []);
  return now;
}
