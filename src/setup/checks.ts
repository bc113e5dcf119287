import { arch, platform, release } from 'node:os';
import { commandLine } from '../process/command-line.js';
import { hasJpegDecoder } from '../data/jpeg/index.js';
import { hasAddon, type TfjsNode } from '../tensorflow/native/index.js';
import type { Answer } from './check-runtime.js';
import { coreOfTfjsNode, packageSeenFrom } from './packages.js';
import { thisMachine, unsupported } from './platform.js';
import type { Tool } from './tools.js';
import { originOf, runsInWorkers } from './verified.js';

/** One thing that was looked at. */
export interface Check {
  name: string;
  ok: boolean;
  found: string;
  /** What would mend it; also said where all is well but could be better. */
  fix?: string;
}

const SETUP = commandLine(['setup']);
const MIN_NODE = [20, 19] as const;
const IMAGE_FORMATS = ['jpeg', 'png', 'webp', 'heif', 'tiff'] as const;

/** Node 20.19 is the first that yargs takes. */
export function nodeCheck(version: string): Check {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const ok = major > MIN_NODE[0] || (major === MIN_NODE[0] && minor >= MIN_NODE[1]);
  return {
    name: 'node',
    ok,
    found: version,
    fix: `install Node ${MIN_NODE.join('.')} or later (20, 22 and 24 are tested)`,
  };
}

/** A tool is only needed while something has to be built. */
export function toolCheck({ name, version, fix }: Tool, complete: boolean): Check {
  const found = version ?? (complete ? 'not there, and not needed: the runtime is built' : 'not there');
  return { name, ok: version !== undefined || complete, found, fix };
}

/**
 * What TensorFlow computes on, and whether that is what the machine has to offer.
 *
 * @param driver version of the NVIDIA driver, undefined where there is none
 * @param asked whether the user has asked for CUDA or against it, undefined where neither
 */
export function deviceCheck(answer: Answer, driver: string | undefined, asked: boolean | undefined): Check {
  const name = 'device';
  if ('problem' in answer) return { name, ok: false, found: 'none', fix: SETUP };
  const { device, libraries } = answer.runtime;
  if (device === 'gpu') return { name, ok: true, found: `gpu (NVIDIA driver ${driver ?? 'not found'})` };
  const cuda = originOf(libraries) === 'gpu';
  if (driver === undefined) {
    return { name, ok: true, found: cuda ? 'cpu (TensorFlow with CUDA, no NVIDIA driver)' : 'cpu' };
  }
  if (cuda) {
    const fix = 'look at nvidia-smi and CUDA_VISIBLE_DEVICES; CAMTUNE_DEBUG=1 shows what TensorFlow says';
    return { name, ok: false, found: `cpu: CUDA does not see the GPU (NVIDIA driver ${driver})`, fix };
  }
  const fix = `${commandLine(['setup', '--gpu', '--rebuild'])}; or ${commandLine(['setup', '--no-gpu'])}, to stay on the CPU`;
  return { name, ok: asked === false, found: `cpu, beside an NVIDIA driver (${driver})`, fix };
}

/** @param works whether TensorFlow computes here, whatever the machine */
export function platformCheck(works: boolean): Check {
  const machine = thisMachine();
  const trouble = unsupported(machine);
  const found = `${platform()} ${release()}, ${arch()}${machine.glibc ? `, glibc ${machine.glibc}` : ''}`;
  return { name: 'platform', ok: works || !trouble, found, fix: trouble };
}

/** Whether a tfjs-node is installed, and its addon there. */
export function packageCheck(tfjs: TfjsNode | undefined): Check {
  const found = tfjs ? `${tfjs.name} ${tfjs.version}${hasAddon(tfjs) ? '' : ', addon not built'}` : 'none';
  return { name: 'tfjs-node', ok: tfjs !== undefined && hasAddon(tfjs), found, fix: SETUP };
}

/** Whether camtune and tfjs-node share one tfjs-core: the backend of another one would not be seen. */
export function coreCheck(tfjs: TfjsNode | undefined): Check {
  const ours = packageSeenFrom(import.meta.url, '@tensorflow/tfjs-core');
  const theirs = tfjs && coreOfTfjsNode(tfjs);
  const two = theirs !== undefined && theirs.folder !== ours?.folder;
  return {
    name: 'tfjs-core',
    ok: ours !== undefined && !two,
    found: two ? `two: ${ours?.folder ?? 'none'} and ${theirs.folder}` : (ours?.version ?? 'none'),
    fix: 'npm install --save-exact @tensorflow/tfjs-core@4.22.0: all of tfjs has to share one tfjs-core (npm ls shows who brings which)',
  };
}

/** Whether TensorFlow computes. */
export function runtimeCheck(answer: Answer): Check {
  const name = 'tensorflow';
  if ('problem' in answer) return { name, ok: false, found: answer.problem, fix: SETUP };
  const { tensorflow, libraries } = answer.runtime;
  const origin = { cpu: 'CPU wheel', gpu: 'CUDA wheel', own: "tfjs-node's own" }[originOf(libraries)];
  return { name, ok: true, found: `${tensorflow} (${origin}), computes` };
}

/** Whether compile() runs graphs. */
export function graphsCheck(answer: Answer): Check {
  const name = 'graphs';
  if ('problem' in answer) return { name, ok: false, found: 'not tried', fix: SETUP };
  const { graphs, reason } = answer.runtime;
  return { name, ok: graphs, found: graphs ? 'compile() runs graphs' : (reason ?? 'eager only'), fix: SETUP };
}

/** Whether worker threads may compute as well; without, everything works in the main thread. */
export function workersCheck(tfjs: TfjsNode | undefined): Check {
  const works = tfjs !== undefined && runsInWorkers(tfjs);
  const found = works ? 'worker threads may compute' : 'main thread only: the addon was not built by camtune';
  return {
    name: 'workers',
    ok: true,
    found,
    ...(works ? {} : { fix: commandLine(['setup', '--rebuild']) }),
  };
}

/** @param free bytes that are free; @param least bytes that camtune wants */
export function spaceCheck(name: string, free: number, least: number, fix: string): Check {
  const inGb = (bytes: number): string => `${(bytes / 1e9).toFixed(1)} GB`;
  return { name, ok: free >= least, found: `${inGb(free)} free`, fix };
}

/** What decodes JPEG files; sharp will do. */
export function jpegCheck(): Check {
  const found = hasJpegDecoder() ? 'libjpeg-turbo' : 'sharp, two to four times slower';
  return { name: 'jpeg', ok: true, found, fix: SETUP };
}

/** Whether sharp is there and reads the formats that data sets come in. */
export async function imageFormats(): Promise<Check> {
  const name = 'images';
  const fix = 'npm install sharp (its prebuilt binaries are optional dependencies: not with --omit=optional)';
  try {
    const { default: sharp } = await import('sharp');
    const missing = IMAGE_FORMATS.filter((format) => !sharp.format[format].input.file);
    const found = `sharp ${sharp.versions.sharp ?? ''}: JPEG, PNG, WebP, AVIF, TIFF`;
    return {
      name,
      ok: missing.length === 0,
      found: missing.length ? `sharp lacks ${missing.join(', ')}` : found,
      fix,
    };
  } catch (error) {
    return {
      name,
      ok: false,
      found: `sharp cannot be loaded (${(error as Error).message.split('\n')[0]})`,
      fix,
    };
  }
}
