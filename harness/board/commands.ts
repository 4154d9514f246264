/** Commands to copy. What somebody typed is quoted, so that a shell takes it for one word. */

/** A text as one word of a POSIX shell. */
export function quoted(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

/** Asks whether a release may go where it is meant to go. */
export function guard(release: { release_id: string; environment_target: string }): string {
  return `ops-gates guard ${quoted(release.release_id)} --to ${quoted(release.environment_target)}`;
}

/** Makes a notice that was set aside due again; for the secret key alone. */
export function retryNotice(deliveryId: string): string {
  return `ops-gates notices retry ${quoted(deliveryId)}`;
}

export function register(by: string): string {
  return `ops-gates projects register acme/shop --on-behalf-of ${quoted(by)} --reason 'released by gates'`;
}

export function grant(subject: string): string {
  return `ops-gates roles grant ${quoted(subject)} ROLE --on-behalf-of WHO --reason WHY`;
}
