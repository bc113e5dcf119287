import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Failure } from '../errors.js';
import {
  camtuneHome,
  enginePath,
  type Variant,
  hasAddon,
  type TfjsNode,
} from '../tensorflow/native/index.js';
import { addonCopy, compileAddon, compileEngine, place } from './build.js';
import { type Answer, checkRuntime, type Probed } from './check-runtime.js';
import type { Step } from './steps.js';
import { findCompiler, findPip, requireTools } from './tools.js';
import { fits, isOfThisCache, noteVerified, originOf, runsInWorkers, type Verified } from './verified.js';
import { fetchWheel, hasWheel, wheelHeaders } from './wheel.js';

/**
 * Makes an installed tfjs-node compute, with our engine beside it: keeps what works, brings back what the cache holds,
 * compiles the rest. Only for the holder of the lock.
 *
 * @param rebuild compile all of it in any case
 * @throws Failure as setup
 */
export async function install(
  tfjs: TfjsNode,
  variant: Variant,
  rebuild: boolean,
  step: Step,
): Promise<Verified> {
  const usable = rebuild || !hasAddon(tfjs) ? undefined : await usableRuntime(tfjs, variant, step);
  if (usable && existsSync(enginePath())) return keep(tfjs, variant, usable);
  const own = usable !== undefined && originOf(usable.libraries) === 'own';
  const headers = own ? ownHeaders(tfjs) : undefined;
  await build(tfjs, variant, { rebuild, addon: usable === undefined, headers }, step);
  let answer = await step('compute 1 + 1', checkRuntime);
  if ('problem' in answer && !own) {
    // What the cache held may be of another machine.
    await build(tfjs, variant, { rebuild: true, addon: true }, step);
    answer = await step('compute 1 + 1', checkRuntime);
  }
  if ('runtime' in answer) return keep(tfjs, variant, answer.runtime);
  throw new Failure(
    `setup: all is built, but does not work (${answer.problem}); remove ${camtuneHome()} and run setup again`,
  );
}

interface Work {
  /** Whether to compile what the cache holds already. */
  rebuild: boolean;
  /** Whether the addon has to be built or brought back. */
  addon: boolean;
  /** Headers to compile the engine with, where they are not the wheel's. */
  headers?: string;
}

async function build(
  tfjs: TfjsNode,
  variant: Variant,
  { rebuild, addon, headers }: Work,
  step: Step,
): Promise<void> {
  const compilesAddon = addon && (rebuild || !existsSync(addonCopy(tfjs, variant)));
  const compilesEngine = rebuild || !existsSync(enginePath());
  // For the headers alone the small wheel will do.
  const wheel = addon || hasWheel(variant) ? variant : 'cpu';
  const fetches = !hasWheel(wheel) && (addon || (compilesEngine && !headers));
  const [python, compiler] = await Promise.all([findPip(), findCompiler()]);
  requireTools([...(fetches ? [python] : []), ...(compilesAddon || compilesEngine ? [compiler] : [])]);
  if (fetches) await fetchWheel(wheel, python.command, step);
  if (compilesEngine) {
    await step('compile the engine', () => compileEngine(headers ?? wheelHeaders(wheel), compiler.command));
  }
  if (compilesAddon) await step('compile the addon', () => compileAddon(tfjs, variant, compiler.command));
  if (addon) await place(addonCopy(tfjs, variant), tfjs.addon);
}

/** The runtime that is there, if it computes and is of the variant and this setup's, or somebody's own. */
async function usableRuntime(tfjs: TfjsNode, variant: Variant, step: Step): Promise<Probed | undefined> {
  let answer: Answer = await step('try the addon', checkRuntime);
  if ('problem' in answer && answer.problem.includes(enginePath())) {
    await rm(enginePath(), { force: true });
    answer = await step('try the addon without the engine', checkRuntime);
  }
  if ('problem' in answer) return undefined;
  const seen = { origin: originOf(answer.runtime.libraries), workers: runsInWorkers(tfjs) };
  return fits(seen, variant) ? answer.runtime : undefined;
}

/** Notes that the addon works, and keeps a copy of one that is ours. */
async function keep(tfjs: TfjsNode, variant: Variant, runtime: Probed): Promise<Verified> {
  const seen = await noteVerified(tfjs, runtime);
  const copy = addonCopy(tfjs, variant);
  const isOurs = seen.origin === variant && isOfThisCache(seen.libraries);
  if (isOurs && !existsSync(copy)) await place(tfjs.addon, copy);
  return seen;
}

/** A tfjs-node with a TensorFlow of its own has the headers of it, where its install script ran. */
function ownHeaders({ folder }: TfjsNode): string | undefined {
  const headers = join(folder, 'deps', 'include');
  return existsSync(join(headers, 'tensorflow/c/eager/c_api.h')) ? headers : undefined;
}
