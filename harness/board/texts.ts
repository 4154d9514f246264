/** Texts that people and programs typed, made safe to look at. */

/** Characters that show nothing and can change what is around them: controls, formats, separators of lines, halves. */
const HIDDEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Co}]/u;

export interface Piece {
  text: string;
  /** The name of a character that would not be seen. */
  hidden?: string;
}

function named(character: string): string {
  return `U+${character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, "0")}`;
}

/** A text in pieces, in which each character that shows nothing has a name. Line breaks and tabs stay as they are. */
export function pieces(text: string): Piece[] {
  const found: Piece[] = [];
  for (const character of text) {
    const last = found.at(-1);
    if (HIDDEN.test(character) && character !== "\n" && character !== "\t") {
      found.push({ text: character, hidden: named(character) });
    } else if (last && last.hidden === undefined) last.text += character;
    else found.push({ text: character });
  }
  return found;
}

/** The text with the names in the place of characters that show nothing, for attributes and files. */
export function plain(text: string): string {
  return pieces(text).map((piece) => piece.hidden ? `[${piece.hidden}]` : piece.text).join("");
}

/** The address, if it may be a link: https alone, without a user's name in it. */
export function link(address: string): URL | null {
  if (!URL.canParse(address) || pieces(address).some((piece) => piece.hidden)) return null;
  const url = new URL(address);
  return url.protocol === "https:" && url.username === "" && url.password === "" && url.host !== ""
    ? url
    : null;
}

/** A commit by its first digits; any other name as it is. */
export function short(sourceRef: string): string {
  return /^[0-9a-f]{40,64}$/.test(sourceRef) ? sourceRef.slice(0, 12) : sourceRef;
}

/** Words of the data as people read them: `request_changes` becomes `request changes`. */
export function words(name: string): string {
  return name.replaceAll("_", " ").replaceAll("|", " or ");
}

const ROLES = ["ci_service_role", "service_role", "release_manager", "qa_tester", "audit_reader"];
const A_ROLE = new RegExp(`(?<![\\w/.-])(?:${ROLES.join("|")})(?![\\w/-])`, "g");

/** A sentence of the database with the roles that it names in words. */
export function inWords(sentence: string | null): string {
  return sentence?.replace(A_ROLE, words) ?? "";
}

/** Who can, in words; nothing where the sentence names them itself. */
export function whoElse(sentence: string, who: readonly string[]): string {
  return who.every((role) => sentence.includes(role)) ? "" : who.map(words).join(" or ");
}

/** A whole with its noun: 1 gate, 2 gates. */
export function counted(count: number, noun: string, nouns = `${noun}s`): string {
  return `${count} ${count === 1 ? noun : nouns}`;
}
