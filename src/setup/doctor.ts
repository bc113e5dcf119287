import { existsSync } from 'node:fs';
import { freeMemory } from '../process/memory.js';
import { enginePath, findTfjsNode, hasAddon } from '../tensorflow/native/index.js';
import { checkRuntime } from './check-runtime.js';
import * as check from './checks.js';
import { rememberedChoice } from './choice.js';
import { nvidiaDriver } from './driver.js';
import { freeDisk, processor, threads } from './machine.js';
import { findCompiler, findPip } from './tools.js';
import { originOf, type Origin } from './verified.js';

export interface DoctorReport {
  /** Whether every check is. */
  ok: boolean;
  node: string;
  /** As linux-x64. */
  platform: string;
  /** The native runtime, or why it does not work. */
  tensorflow:
    { version: string; variant: Origin; graphs: boolean; libraries: string[] } | { problem: string };
  /** What TensorFlow computes on; null where it does not. */
  device: 'cpu' | 'gpu' | null;
  checks: check.Check[];
}

/** Looks at everything that camtune needs on this machine; changes nothing. TensorFlow is tried in another process. */
export async function doctor(): Promise<DoctorReport> {
  const tfjs = findTfjsNode();
  const built = tfjs !== undefined && hasAddon(tfjs);
  const [answer, driver, pip, compiler, formats, disk] = await Promise.all([
    built ? checkRuntime() : { problem: tfjs ? 'its addon is not built' : 'tfjs-node is not installed' },
    nvidiaDriver(),
    findPip(),
    findCompiler(),
    check.imageFormats(),
    freeDisk(process.cwd()),
  ]);
  const works = 'runtime' in answer;
  const complete = works && existsSync(enginePath());
  const checks = [
    check.nodeCheck(process.versions.node),
    check.platformCheck(works),
    ...[pip, compiler].map((tool) => check.toolCheck(tool, complete)),
    check.packageCheck(tfjs),
    check.coreCheck(tfjs),
    check.runtimeCheck(answer),
    check.graphsCheck(answer),
    check.workersCheck(tfjs),
    check.deviceCheck(answer, driver, rememberedChoice()),
    { name: 'processor', ok: true, found: processor() },
    { name: 'threads', ok: true, found: threads(process.env) },
    check.spaceCheck('memory', freeMemory(), 1e9, 'end other programs, or train with a smaller batch'),
    check.spaceCheck('disk', disk, 1e9, 'make room: a run keeps its checkpoints here'),
    formats,
    check.jpegCheck(),
  ];
  const runtime = works ? answer.runtime : undefined;
  return {
    ok: checks.every(({ ok }) => ok),
    node: process.versions.node,
    platform: `${process.platform}-${process.arch}`,
    tensorflow: runtime
      ? {
          version: runtime.tensorflow,
          variant: originOf(runtime.libraries),
          graphs: runtime.graphs,
          libraries: runtime.libraries,
        }
      : { problem: 'problem' in answer ? answer.problem : '' },
    device: runtime?.device ?? null,
    checks,
  };
}
