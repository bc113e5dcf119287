import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** The file of one of several processes, beside the `stem`.jsonl that theirs become: images.1-of-4.jsonl. */
export function shardName(stem: string, { rank, size }: { rank: number; size: number }): string {
  return `${stem}.${rank}-of-${size}.jsonl`;
}

/** The files that several processes have left in a folder, those of another number of processes too, by name. */
export function shardsIn(folder: string, stem: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => name.startsWith(`${stem}.`) && /^\d+-of-\d+\.jsonl$/.test(name.slice(stem.length + 1)))
    .sort()
    .map((name) => join(folder, name));
}
