import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { strToU8, type Zippable, zipSync } from 'fflate';

/** Runs work with an empty cache folder and, where given, other environment variables; puts all back. */
export async function withHome(
  work: (home: string) => Promise<void>,
  environment: Record<string, string> = {},
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'camtune-setup-'));
  const home = join(folder, 'home');
  const changed = { ...environment, CAMTUNE_HOME: home };
  const before = Object.keys(changed).map((name) => [name, process.env[name]] as const);
  Object.assign(process.env, changed);
  try {
    await work(home);
  } finally {
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
    await rm(folder, { recursive: true, force: true });
  }
}

/** Writes text files below a folder; keys are paths. */
export async function writeFiles(folder: string, files: Record<string, string>): Promise<void> {
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), content);
  }
}

/** A wheel that pip takes on every machine, with files beside its description. */
export interface FakeWheel {
  name: string;
  version: string;
  files: Zippable;
}

/**
 * Writes wheels into a folder that can stand in for a package index (`offline`).
 *
 * @returns path of a requirements file beside them that pins them with their SHA-256
 */
export async function wheelIndex(folder: string, wheels: readonly FakeWheel[]): Promise<string> {
  await mkdir(folder, { recursive: true });
  const pins: string[] = [];
  for (const { name, version, files } of wheels) {
    const stem = `${name.replace(/-/g, '_')}-${version}`;
    const bytes = zipSync({
      ...files,
      [`${stem}.dist-info/METADATA`]: strToU8(`Metadata-Version: 2.1\nName: ${name}\nVersion: ${version}\n`),
      [`${stem}.dist-info/WHEEL`]: strToU8('Wheel-Version: 1.0\nRoot-Is-Purelib: false\nTag: py3-none-any\n'),
      [`${stem}.dist-info/RECORD`]: strToU8(''),
    });
    await writeFile(join(folder, `${stem}-py3-none-any.whl`), bytes);
    pins.push(`${name}==${version} --hash=sha256:${createHash('sha256').update(bytes).digest('hex')}\n`);
  }
  const requirements = join(folder, 'requirements.txt');
  await writeFile(requirements, pins.join(''));
  return requirements;
}

/** Environment in which pip finds wheels in a folder and nowhere else. */
export function offline(folder: string): Record<string, string> {
  return { PIP_NO_INDEX: '1', PIP_FIND_LINKS: folder, PIP_NO_CACHE_DIR: '1' };
}
