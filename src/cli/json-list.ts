import { printableJson } from '../text/printable.js';

/** Writes one JSON list to stdout, element by element: a folder of any size needs no memory of its size. */
export function jsonList(): { add(element: unknown): void; end(): void } {
  let separator = '[\n  ';
  return {
    add(element) {
      process.stdout.write(separator + printableJson(element));
      separator = ',\n  ';
    },
    end: () => void process.stdout.write(separator.startsWith('[') ? '[]\n' : '\n]\n'),
  };
}
