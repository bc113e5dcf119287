// Control characters of C0, DEL and C1, line and paragraph separators, what turns the direction of writing, and what
// takes no room: a byte order mark in the middle of a text, say. (Joiners stay: emoji and some scripts need them.)
const unprintable = /[\p{Cc}\u200b\u2028\u2029\u202a-\u202e\u2060\u2066-\u2069\ufeff]/gu;
const color = /(\u001b\[[0-9;]*m)/;

/**
 * A text from elsewhere (the name of a file, a class, a tensor) as one line that a terminal only shows: control
 * characters, which could move the cursor, change the window's title or fake a line, stand there as \u001b.
 */
export function printable(text: string): string {
  return text.replace(unprintable, escaped);
}

/** The same for lines that are ours with such names in them: line ends, tabs and colors stay. */
export function printableLines(text: string): string {
  return text
    .split(color)
    .map((part, index) => (index % 2 === 1 ? part : part.replace(unprintable, keepLines)))
    .join('');
}

/** A value as JSON that a terminal only shows; it reads back the same. */
export function printableJson(value: unknown, indent?: number): string {
  return JSON.stringify(value, null, indent).replace(unprintable, keepLines);
}

function keepLines(character: string): string {
  return character === '\n' || character === '\t' ? character : escaped(character);
}

function escaped(character: string): string {
  if (character === '\n') return '\\n';
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
