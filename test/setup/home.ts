import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type Zippable, zipSync } from 'fflate';

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

/**
 * A Python whose `pip download` copies wheels made here instead of fetching them; everything else is real Python.
 *
 * @param wheels content of each wheel by the first word of the requirement that asks for it
 * @returns path of the program, and where the requirements that it was asked for are written, a line a call
 */
export async function fakePython(
  folder: string,
  wheels: Record<string, Zippable>,
): Promise<{ python: string; asked: string }> {
  await mkdir(folder, { recursive: true });
  for (const [name, content] of Object.entries(wheels)) {
    await writeFile(join(folder, `${name}.whl`), zipSync(content));
  }
  const asked = join(folder, 'asked');
  const python = join(folder, 'python');
  await writeFile(
    python,
    `#!/bin/bash
if [ "$1 $2 $3" != "-m pip download" ]; then exec python3 "$@"; fi
shift 3
wanted=()
while [ $# -gt 0 ]; do
  case "$1" in
    -d) shift; target=$1;;
    --python-version) shift;;
    -*) ;;
    *) wanted+=("$1");;
  esac
  shift
done
echo "\${wanted[@]}" >> '${asked}'
for requirement in "\${wanted[@]}"; do
  name=\${requirement%%[=<>!]*}
  cp '${folder}'/"$name.whl" "$target/$name-1.whl" || { echo "ERROR: No matching distribution found for $name" >&2; exit 1; }
done
`,
  );
  await chmod(python, 0o755);
  return { python, asked };
}
