import { existsSync } from 'node:fs';
import { Failure } from '../errors.js';
import {
  camtuneHome,
  enginePath,
  findTfjsNode,
  hasAddon,
  type TfjsNode,
} from '../tensorflow/native/index.js';
import { checkRuntime } from './check-runtime.js';
import { rememberChoice, rememberedChoice } from './choice.js';
import { nvidiaDriver } from './driver.js';
import { install } from './install.js';
import { installedJpegDecoder, installJpegDecoder } from './jpeg.js';
import { withLock } from './lock.js';
import { chooseVariant, thisMachine, unsupported } from './platform.js';
import { stepper, type StepTime } from './steps.js';
import { installTfjsNode } from './tfjs-package.js';
import { fits, noteVerified, type Origin, type Verified, verified } from './verified.js';
import { removeLeftovers } from './wheel.js';

export interface SetupOptions {
  /**
   * true: the CUDA build; false: the CPU build; undefined: what was asked for last, else CUDA where an NVIDIA driver is
   * found.
   */
  gpu?: boolean;
  /** Compile again what is there already. */
  rebuild?: boolean;
  /** Takes progress, one line at a time (default: nobody does). */
  log?: (line: string) => void;
}

/** What is installed when setup has ended. */
export interface SetupReport {
  /** The tfjs-node package and its version. */
  package: string;
  addon: string;
  engine: string;
  /** The decoder of JPEG files; null where sharp has to do. */
  jpegDecoder: string | null;
  /** Version of the TensorFlow that the addon loads. */
  tensorflow: string;
  /** What the addon is linked to: our CPU or CUDA wheel, or a TensorFlow of its own. */
  variant: Origin;
  /** Whether compile() runs graphs. */
  graphs: boolean;
  /** What had to be done, in order; empty where all was there. */
  steps: StepTime[];
}

/**
 * Installs the native runtime: TensorFlow's wheel by pip, the addon of tfjs-node and our engine by g++. An addon that
 * works is used as it is. What is there already is kept, each result appears whole or not at all, and a setup that was
 * killed goes on where it stopped.
 *
 * @throws Failure when a tool is missing (all of them named at once), a download fails, or the result does not compute
 */
export async function setup(options: SetupOptions = {}): Promise<SetupReport> {
  const { gpu, rebuild = false, log = () => undefined } = options;
  const variant = chooseVariant(gpu ?? rememberedChoice(), await nvidiaDriver(), process.arch);
  if (gpu !== undefined) await rememberChoice(gpu);
  const found = findTfjsNode();
  const before = found && verified(found);
  if (
    !rebuild &&
    found &&
    before &&
    fits(before, variant) &&
    existsSync(enginePath()) &&
    installedJpegDecoder()
  ) {
    log(`setup: all there (${summary(found, before)})`);
    return report(found, before, []);
  }
  const trouble = unsupported(thisMachine());
  if (trouble) return stockRuntime(found, trouble);
  const { step, done } = stepper(log);
  const onWait = (holder: string): void => log(`setup: waiting for another setup (${holder})`);
  return withLock(camtuneHome(), onWait, async () => {
    await removeLeftovers();
    const tfjs = findTfjsNode() ?? (await installTfjsNode(step));
    const seen = await install(tfjs, variant, rebuild, step);
    await installJpegDecoder(rebuild, step, log);
    log(`setup: ready (${summary(tfjs, seen)})`);
    if (gpu && seen.origin === 'own')
      log('setup: the addon that was there is kept; add --rebuild to replace it');
    return report(tfjs, seen, done);
  });
}

/** Where no wheel can be used, a tfjs-node that has brought its own TensorFlow will do. */
async function stockRuntime(tfjs: TfjsNode | undefined, trouble: string): Promise<SetupReport> {
  const answer = tfjs && hasAddon(tfjs) ? await checkRuntime() : { problem: 'no addon' };
  if (!tfjs || 'problem' in answer) throw new Failure(`setup: ${trouble}`);
  return report(tfjs, await noteVerified(tfjs, answer.runtime), []);
}

function report({ name, version, addon }: TfjsNode, seen: Verified, steps: StepTime[]): SetupReport {
  const { tensorflow, origin, graphs } = seen;
  return {
    package: `${name} ${version}`,
    addon,
    engine: enginePath(),
    jpegDecoder: installedJpegDecoder(),
    tensorflow,
    variant: origin,
    graphs,
    steps,
  };
}

function summary({ name, version }: TfjsNode, { tensorflow, origin, graphs }: Verified): string {
  const build = { cpu: 'CPU', gpu: 'CUDA', own: 'as installed' }[origin];
  return `${name} ${version}, TensorFlow ${tensorflow} ${build}${graphs ? '' : ', without compiled graphs'}`;
}
