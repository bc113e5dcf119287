import { invalid } from '../../errors.js';

/** More than that is a mistake, and would fill the memory. */
const most = 65536;

const HOSTS = 'a list as node[01-03,07] of at most 65,536';

/**
 * The hosts of a list as Slurm writes it: `node[01-03,07],login` is node01, node02, node03, node07 and login. Several
 * brackets in one name stand for all combinations.
 *
 * @param name variable that the list comes from
 * @throws InvalidInput where it is no such list, or one of more than 65,536 hosts
 */
export function expandHosts(name: string, text: string): string[] {
  const hosts = apart(name, text).flatMap((pattern) => expand(name, pattern));
  if (hosts.length === 0 || hosts.length > most) throw wrong(name, text);
  return hosts;
}

/**
 * The numbers of a list as `12000-12003,12010`, as they are written.
 *
 * @param expected what is said where it is no such list
 * @throws InvalidInput where it is no such list
 */
export function expandNumbers(name: string, text: string, expected = HOSTS): string[] {
  const numbers = text.split(',').flatMap((range) => {
    const [, first, last = first] = /^(\d{1,9})(?:-(\d{1,9}))?$/.exec(range) ?? [];
    const count = Number(last) - Number(first) + 1;
    if (first === undefined || !(count >= 1 && count <= most)) throw invalid(name, expected, text);
    return Array.from({ length: count }, (_, index) =>
      String(Number(first) + index).padStart(first.length, '0'),
    );
  });
  if (numbers.length > most) throw invalid(name, expected, text);
  return numbers;
}

/** Parts between commas that are not in brackets. */
function apart(name: string, text: string): string[] {
  const parts = text.match(/(?:[^,[\]\s]|\[[^[\]]*\])+/g) ?? [];
  if (parts.join(',') !== text.trim()) throw wrong(name, text);
  return parts;
}

function expand(name: string, pattern: string): string[] {
  const [, before, ranges, after] = /^([^[]*)\[([^\]]*)\](.*)$/.exec(pattern) ?? [];
  if (ranges === undefined) return [pattern];
  const rest = expand(name, after!);
  const numbers = expandNumbers(name, ranges);
  if (numbers.length * rest.length > most) throw wrong(name, pattern);
  return numbers.flatMap((number) => rest.map((end) => `${before!}${number}${end}`));
}

function wrong(name: string, found: string): Error {
  return invalid(name, HOSTS, found);
}
