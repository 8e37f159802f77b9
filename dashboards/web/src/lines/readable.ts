// A line as it may be shown: terminal colours as colours, other escapes gone, invisible characters visible.

/** A stretch of text in one colour. */
export interface Run {
  readonly text: string;
  /** Class of the colour, such as `ansi-31`; empty for none. */
  readonly style: string;
}

/** A line without its escapes, with its colours beside it. */
export interface Readable {
  readonly text: string;
  readonly runs: readonly Run[];
}

// CSI, OSC (ended by BEL or ST), other strings, and two-character escapes.
const ESCAPE = /\x1b(?:\[([0-9:;<=>?]*)[ -/]*([@-~])|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[PX^_][^\x1b]*(?:\x1b\\)?|[ -/]*[0-~])?|\x9b([0-9;]*)([@-~])/g;

// Control characters, soft hyphens, zero widths, marks that turn the direction of text, and tags.
const UNSEEN = /[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|[\u{e0000}-\u{e007f}]/gu;

/** The line as it may be shown. */
export function readable(line: string): Readable {
  if (!/[\x1b\x9b]/.test(line)) {
    const text = visible(line);
    return { text, runs: text === "" ? [] : [{ text, style: "" }] };
  }
  const runs: Run[] = [];
  let [style, from] = ["", 0];
  const add = (to: number): void => {
    const text = visible(line.slice(from, to));
    if (text !== "") runs.push({ text, style });
  };
  for (const match of line.matchAll(ESCAPE)) {
    add(match.index);
    from = match.index + match[0].length;
    if (match[2] === "m" || match[4] === "m") style = styled(style, match[1] ?? match[3] ?? "");
  }
  add(line.length);
  return { text: runs.map(({ text }) => text).join(""), runs };
}

/** Characters that cannot be seen, written so that they can. */
function visible(text: string): string {
  return text.replace(UNSEEN, (character) => {
    const code = character.codePointAt(0) ?? 0;
    if (code === 0x7f) return "\u2421";
    return code < 0x20 ? String.fromCodePoint(0x2400 + code) : `\u27e8${code.toString(16).toUpperCase().padStart(4, "0")}\u27e9`;
  });
}

/** The colour after `ESC[…m`. Of 256 and true colours only the sixteen named ones are kept. */
function styled(before: string, codes: string): string {
  let [colour, bold] = [/ansi-(\d+)/.exec(before)?.[1] ?? "", before.includes("ansi-bold")];
  const list = codes.split(/[;:]/).map(Number);
  for (let at = 0; at < list.length; at += 1) {
    const code = list[at] ?? 0;
    if (code === 0) [colour, bold] = ["", false];
    else if (code === 1) bold = true;
    else if (code === 22) bold = false;
    else if ((code >= 30 && code <= 37) || (code >= 90 && code <= 97)) colour = String(code);
    else if (code === 39) colour = "";
    else if (code === 38 || code === 48) {
      const named = list[at + 2] ?? 99;
      if (code === 38 && list[at + 1] === 5 && named < 16) colour = String(named < 8 ? 30 + named : 82 + named);
      at += list[at + 1] === 5 ? 2 : 4;
    }
  }
  return [colour && `ansi-${colour}`, bold && "ansi-bold"].filter(Boolean).join(" ");
}
