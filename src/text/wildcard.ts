/**
 * Whether a text is what a pattern says, from its first to its last character: * stands for any text, ? for one
 * character, all else for itself. Takes at most pattern × text steps, whatever the pattern: a regular expression made
 * of it would take for ever on `***…x`.
 */
export function matchesWildcard(pattern: string, text: string): boolean {
  let at = 0;
  let position = 0;
  /** The last * seen, and where the text that it stands for ends so far. */
  let star = -1;
  let end = 0;
  while (position < text.length) {
    if (pattern[at] === '*') {
      star = at++;
      end = position;
    } else if (pattern[at] === '?' || pattern[at] === text[position]) {
      at++;
      position++;
    } else if (star >= 0) {
      at = star + 1;
      position = ++end;
    } else {
      return false;
    }
  }
  while (pattern[at] === '*') at++;
  return at === pattern.length;
}
