import { existsSync } from 'node:fs';
import { mkdir, readdir, rename, rm, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { Failure } from '../errors.js';
import { camtuneHome, type Variant, TENSORFLOW_VERSION, wheelFolder } from '../tensorflow/native/index.js';
import { complaint, run } from './command.js';
import { checkWheels, refusedByPip } from './checksum.js';
import { pinnedWheels, requirementsFile } from './requirements.js';
import type { Step } from './steps.js';

/** Of TensorFlow's wheel the two libraries and the headers of its C interface; of NVIDIA's wheels everything. */
const WANTED =
  '(tensorflow/libtensorflow_(cc|framework)[.]so[.]2$' +
  '|tensorflow/include/(tensorflow/c/|tensorflow/core/platform/|xla/tsl/(c|platform)/|tsl/|absl/).*[.](h|inc)$' +
  '|nvidia/)';

/** Bytes that have to be free: the wheels and what they unpack to. */
const NEEDED_BYTES: Record<Variant, number> = { cpu: 1.2e9, gpu: 11e9 };

const DOWNLOAD = { cpu: 'TensorFlow 2.21, 270 MB', gpu: 'TensorFlow 2.21 with CUDA, about 3 GB' };

// Wheels are zip files; Python's zipfile checks each file's CRC. It forgets the right to execute, which ptxas needs.
const UNPACK = `
import glob, os, re, sys, zipfile
downloads, target, wanted = sys.argv[1:]
for path in sorted(glob.glob(os.path.join(downloads, "*.whl"))):
    with zipfile.ZipFile(path) as wheel:
        for entry in wheel.infolist():
            if re.match(wanted, entry.filename):
                file = wheel.extract(entry, target)
                if entry.external_attr >> 16 & 0o111: os.chmod(file, 0o755)
`;

/** TensorFlow's headers inside a wheel folder. */
export function wheelHeaders(variant: Variant): string {
  return join(wheelFolder(variant), 'tensorflow', 'include');
}

/** Whether a variant lies unpacked in the cache. Its folder gets its name only when all is in it. */
export function hasWheel(variant: Variant): boolean {
  const folder = join(wheelFolder(variant), 'tensorflow');
  const files = [
    'libtensorflow_cc.so.2',
    'libtensorflow_framework.so.2',
    'include/tensorflow/c/eager/c_api.h',
  ];
  return files.every((file) => existsSync(join(folder, file)));
}

/**
 * Brings TensorFlow of a variant into the cache: pip downloads, with the user's own configuration; the parts that are
 * needed are unpacked, once the SHA-256 of every wheel is the pinned one. Downloads and unpacking happen under
 * temporary names.
 *
 * @param python a Python 3 that has pip
 * @param requirements file that pins the wheels
 * @throws Failure when pip, the disk or the wheel fails
 */
export async function fetchWheel(
  variant: Variant,
  python: string,
  step: Step,
  requirements = requirementsFile(variant, process.arch),
): Promise<void> {
  await requireSpace(variant);
  const downloads = join(camtuneHome(), `wheels-${variant}-${TENSORFLOW_VERSION}`);
  if (!existsSync(downloads))
    await step(`download ${DOWNLOAD[variant]}`, () => download(python, requirements, downloads));
  try {
    // Here, not after the download: an earlier setup may have left the wheels.
    await step('check it', () => checkWheels(downloads, pinnedWheels(requirements)));
    await step('unpack it', () => unpack(python, downloads, wheelFolder(variant)));
  } finally {
    // Whatever the wheels held: unpacked they are not needed, and bad ones are fetched anew.
    await rm(downloads, { recursive: true, force: true });
  }
  if (!hasWheel(variant)) {
    throw new Failure(
      `setup: expected TensorFlow's libraries and headers in ${wheelFolder(variant)}, found others`,
    );
  }
}

/** Removes what setups that were killed have left behind; only for the holder of the lock. */
export async function removeLeftovers(): Promise<void> {
  const names = await readdir(camtuneHome());
  const left = names.filter((name) => name.endsWith('.tmp') && !name.startsWith('setup.lock'));
  const removals = left.map((name) => rm(join(camtuneHome(), name), { recursive: true, force: true }));
  await Promise.allSettled(removals); // A pip that outlived its setup may still be writing.
}

/** A name beside the last one, that no other process uses. */
export function temporary(path: string): string {
  return `${path}.${process.pid}.tmp`;
}

async function unpack(python: string, downloads: string, target: string): Promise<void> {
  const unpacked = temporary(target);
  const ended = await run(python, ['-c', UNPACK, downloads, unpacked, WANTED]);
  if (ended.status !== 0)
    throw new Failure(`setup: TensorFlow's wheel cannot be unpacked (${complaint(ended)}); run setup again`);
  await rm(target, { recursive: true, force: true });
  await rename(unpacked, target);
}

async function download(python: string, requirements: string, downloads: string): Promise<void> {
  const folder = temporary(downloads);
  await mkdir(folder, { recursive: true });
  const options = [
    '--require-hashes',
    '--no-deps',
    '--only-binary=:all:',
    '--python-version=3.11',
    '--disable-pip-version-check',
    '--no-input',
    '-q',
  ];
  const ended = await run(python, ['-m', 'pip', 'download', ...options, '-d', folder, '-r', requirements]);
  if (ended.status !== 0) {
    const wanted = pinnedWheels(requirements).map(({ name, version }) => `${name}==${version}`);
    throw (
      refusedByPip(ended.stderr) ??
      new Failure(
        `setup: pip download ${wanted.join(' ')} failed (${complaint(ended)}); ` +
          'is a package index reachable (`python3 -m pip config list`: index-url, proxy, cert)?',
      )
    );
  }
  await rename(folder, downloads);
}

async function requireSpace(variant: Variant): Promise<void> {
  await mkdir(camtuneHome(), { recursive: true });
  const { bavail, bsize } = await statfs(camtuneHome());
  const free = bavail * bsize;
  if (free >= NEEDED_BYTES[variant]) return;
  const inGb = (bytes: number): string => `${(bytes / 1e9).toFixed(1)} GB`;
  throw new Failure(
    `setup: expected ${inGb(NEEDED_BYTES[variant])} free in ${camtuneHome()}, found ${inGb(free)}; ` +
      'make room, or point CAMTUNE_HOME at a larger disk',
  );
}
