import { copyFile, mkdir, readdir, rename, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { Failure } from '../errors.js';
import { jpegDecoderPath, jpegSources } from '../data/jpeg/index.js';
import { camtuneHome, engineSources, enginePath, type Variant } from '../tensorflow/native/index.js';
import { TENSORFLOW_VERSION, type TfjsNode, wheelFolder } from '../tensorflow/native/index.js';
import { ADDON_REVISION, copyAddonSources } from './addon-sources.js';
import { complaint, run } from './command.js';
import { temporary, wheelHeaders } from './wheel.js';

const require = createRequire(import.meta.url);

/** The version of Node's ABI that the addon is written for; it works in every Node from 12.19 on. */
const NAPI_VERSION = 8;
const SHARED = ['-O2', '-std=c++17', '-shared', '-fPIC', `-DNAPI_VERSION=${NAPI_VERSION}`];

/** Where the compiled addon is kept: `npm ci` wipes node_modules, and the addon can come back from here. */
export function addonCopy({ version }: TfjsNode, variant: Variant): string {
  const parts = ['addon', version, `r${ADDON_REVISION}`, 'tensorflow', variant, TENSORFLOW_VERSION];
  return join(
    camtuneHome(),
    `${[...parts, `napi${NAPI_VERSION}`, process.platform, process.arch].join('-')}.node`,
  );
}

/**
 * Compiles the addon of tfjs-node, with our changes, against TensorFlow's wheel, into the cache.
 *
 * @param compiler g++ or one that takes the same flags
 * @throws Failure with the compiler's message, or when the sources are not those of tfjs-node 4.22
 */
export async function compileAddon(tfjs: TfjsNode, variant: Variant, compiler: string): Promise<void> {
  const target = addonCopy(tfjs, variant);
  const folder = temporary(target.replace(/\.node$/, '-sources'));
  try {
    await copyAddonSources(tfjs, folder);
    const names = await readdir(join(folder, 'binding'));
    const sources = names.filter((name) => name.endsWith('.cc')).map((name) => join('binding', name));
    const library = join(wheelFolder(variant), 'tensorflow');
    const link = ['-l:libtensorflow_cc.so.2', '-l:libtensorflow_framework.so.2', `-Wl,-rpath,${library}`];
    const headers = [`-I${wheelHeaders(variant)}`, `-I${nodeHeaders()}`];
    await compileTo(target, compiler, [...sources, ...headers, `-L${library}`, ...link], folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/**
 * Compiles our engine, into the cache.
 *
 * @param headers folder that holds `tensorflow/c/c_api.h`
 * @throws Failure with the compiler's message
 */
export async function compileEngine(headers: string, compiler: string): Promise<void> {
  // Without traps for floating-point errors, which nobody asks for, loops with a choice in them are vectorized.
  // TensorFlow and threads of ours call into it after the environment that loaded it has ended: it stays.
  const flags = ['-O3', '-fno-trapping-math', '-fvisibility=hidden', '-pthread', '-Wl,-z,nodelete'];
  const args = [...flags, ...engineSources(), `-I${headers}`, `-I${nodeHeaders()}`, '-ldl'];
  await compileTo(enginePath(), compiler, args);
}

/**
 * Compiles our JPEG decoder, into the cache.
 *
 * @throws Failure with the compiler's message
 */
export async function compileJpegDecoder(compiler: string): Promise<void> {
  const args = ['-O3', '-fvisibility=hidden', ...jpegSources(), `-I${nodeHeaders()}`, '-ldl', '-pthread'];
  await compileTo(jpegDecoderPath(), compiler, args);
}

/**
 * Copies a file so that its new place holds the whole file or what was there before.
 *
 * @throws Failure when it cannot be written
 */
export async function place(file: string, target: string): Promise<void> {
  try {
    await mkdir(dirname(target), { recursive: true });
    await copyFile(file, temporary(target));
    await rename(temporary(target), target);
  } catch (error) {
    throw new Failure(`setup: ${target} cannot be written (${(error as Error).message})`);
  }
}

async function compileTo(
  target: string,
  compiler: string,
  args: readonly string[],
  cwd?: string,
): Promise<void> {
  const output = temporary(target);
  const ended = await run(compiler, [...SHARED, ...args, '-o', output], cwd);
  if (ended.status !== 0) {
    await rm(output, { force: true });
    throw new Failure(`setup: ${compiler} cannot compile ${target} (${complaint(ended)})`);
  }
  await rename(output, target);
}

function nodeHeaders(): string {
  return join(dirname(require.resolve('node-api-headers/package.json')), 'include');
}
