import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Failure } from '../../errors.js';
import {
  camtuneHome,
  enginePath,
  findTfjsNode,
  type Flavour,
  hasAddon,
  type TfjsNode,
} from '../native/places.js';
import { addonCopy, compileAddon, compileEngine, place } from './build.js';
import { type Answer, checkRuntime } from './check-runtime.js';
import { nvidiaDriver } from './driver.js';
import { withLock } from './lock.js';
import { chooseFlavour, thisMachine, unsupported } from './platform.js';
import { type Step, stepper, type StepTime } from './steps.js';
import { installTfjsNode } from './tfjs-package.js';
import { findCompiler, findPip, requireTools } from './tools.js';
import { noteVerified, type Origin, originOf, type Verified, verified } from './verified.js';
import { fetchWheel, hasWheel, removeLeftovers, wheelHeaders } from './wheel.js';

export interface SetupOptions {
  /** true: the CUDA build; false: the CPU build; undefined: CUDA where an NVIDIA driver is found. */
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
  /** Version of the TensorFlow that the addon loads. */
  tensorflow: string;
  /** What the addon is linked to: our CPU or CUDA wheel, or a TensorFlow of its own. */
  flavour: Origin;
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
export async function setup({
  gpu,
  rebuild = false,
  log = () => undefined,
}: SetupOptions = {}): Promise<SetupReport> {
  const { step, done } = stepper(log);
  const flavour = chooseFlavour(gpu, await nvidiaDriver(), process.arch);
  const found = findTfjsNode();
  const seen = found && verified(found);
  if (!rebuild && found && seen && fits(seen, flavour) && existsSync(enginePath())) {
    log(`setup: all there (${summary(found, seen)})`);
    return report(found, seen, done);
  }
  const trouble = unsupported(thisMachine());
  if (trouble) return report(...(await stockRuntime(found, trouble)), done);
  const onWait = (holder: string): void => log(`setup: waiting for another setup (${holder})`);
  return withLock(camtuneHome(), onWait, async () => {
    await removeLeftovers();
    const tfjs = findTfjsNode() ?? (await installTfjsNode(step));
    const before =
      rebuild || !hasAddon(tfjs) ? undefined : usable(await step('try the addon', checkRuntime), flavour);
    await build(
      tfjs,
      flavour,
      { rebuild, addon: before === undefined, headers: ownHeaders(tfjs, before) },
      step,
    );
    const now = await verify(tfjs, flavour, before !== 'own', step);
    if (now.origin === flavour && !existsSync(addonCopy(tfjs, flavour)))
      await place(tfjs.addon, addonCopy(tfjs, flavour));
    log(`setup: ready (${summary(tfjs, now)})`);
    if (now.origin === 'own' && gpu)
      log('setup: the addon that was there is kept; --gpu --rebuild replaces it');
    return report(tfjs, now, done);
  });
}

interface Work {
  rebuild: boolean;
  /** Whether the addon has to be built or brought back. */
  addon: boolean;
  /** Headers to compile the engine with, where they are not the wheel's. */
  headers?: string;
}

async function build(
  tfjs: TfjsNode,
  flavour: Flavour,
  { rebuild, addon, headers }: Work,
  step: Step,
): Promise<void> {
  const compilesAddon = addon && (rebuild || !existsSync(addonCopy(tfjs, flavour)));
  const compilesEngine = rebuild || !existsSync(enginePath());
  // For the headers alone the small wheel will do.
  const wheel = addon || hasWheel(flavour) ? flavour : 'cpu';
  const fetches = !hasWheel(wheel) && (addon || (compilesEngine && !headers));
  const [python, compiler] = await Promise.all([findPip(), findCompiler()]);
  requireTools([...(fetches ? [python] : []), ...(compilesAddon || compilesEngine ? [compiler] : [])]);
  if (fetches) await fetchWheel(wheel, python.command, step);
  if (compilesEngine) {
    await step('compile the engine', () => compileEngine(headers ?? wheelHeaders(wheel), compiler.command));
  }
  if (compilesAddon) await step('compile the addon', () => compileAddon(tfjs, flavour, compiler.command));
  if (addon) await place(addonCopy(tfjs, flavour), tfjs.addon);
}

/** Lets the runtime compute; where it does not, what came from the cache is compiled once more. */
async function verify(tfjs: TfjsNode, flavour: Flavour, ours: boolean, step: Step): Promise<Verified> {
  let answer = await step('compute 1 + 1', checkRuntime);
  if ('problem' in answer && ours) {
    await build(tfjs, flavour, { rebuild: true, addon: true }, step);
    answer = await step('compute 1 + 1', checkRuntime);
  }
  if ('problem' in answer) {
    throw new Failure(
      `setup: all is built, but does not work (${answer.problem}); remove ${camtuneHome()} and run setup again`,
    );
  }
  return noteVerified(tfjs, answer.runtime);
}

/** Where no wheel can be used, a tfjs-node that has brought its own TensorFlow will do. */
async function stockRuntime(tfjs: TfjsNode | undefined, trouble: string): Promise<[TfjsNode, Verified]> {
  const answer: Answer = tfjs && hasAddon(tfjs) ? await checkRuntime() : { problem: 'no addon' };
  if (!tfjs || 'problem' in answer) throw new Failure(`setup: ${trouble}`);
  return [tfjs, await noteVerified(tfjs, answer.runtime)];
}

function usable(answer: Answer, flavour: Flavour): Origin | undefined {
  if ('problem' in answer) return undefined;
  const origin = originOf(answer.runtime.libraries);
  return fits({ origin }, flavour) ? origin : undefined;
}

function fits({ origin }: { origin: Origin }, flavour: Flavour): boolean {
  return origin === 'own' || origin === flavour;
}

/** A tfjs-node that has its own TensorFlow has the headers of it. */
function ownHeaders(tfjs: TfjsNode, origin: Origin | undefined): string | undefined {
  const headers = join(tfjs.folder, 'deps', 'include');
  return origin === 'own' && existsSync(join(headers, 'tensorflow/c/eager/c_api.h')) ? headers : undefined;
}

function report(tfjs: TfjsNode, seen: Verified, steps: StepTime[]): SetupReport {
  const { name, version, addon } = tfjs;
  const { tensorflow, origin, graphs } = seen;
  return {
    package: `${name} ${version}`,
    addon,
    engine: enginePath(),
    tensorflow,
    flavour: origin,
    graphs,
    steps,
  };
}

function summary({ name, version }: TfjsNode, { tensorflow, origin, graphs }: Verified): string {
  const device = { cpu: 'CPU', gpu: 'CUDA', own: 'as installed' }[origin];
  return `${name} ${version}, TensorFlow ${tensorflow} ${device}${graphs ? '' : ', without compiled graphs'}`;
}
