import { Failure } from '../errors.js';
import type { Variant } from '../tensorflow/native/index.js';

interface Machine {
  platform: string;
  arch: string;
  /** Version of the GNU C library; undefined where there is another, as in Alpine. */
  glibc?: string;
}

/** The machine that this process runs on. */
export function thisMachine(): Machine {
  const { platform, arch } = process;
  if (platform !== 'linux') return { platform, arch };
  // Without it the report looks up the names of peers, which can take seconds.
  Object.assign(process.report, { excludeNetwork: true });
  const { header } = process.report.getReport() as { header: { glibcVersionRuntime?: string } };
  return { platform, arch, glibc: header.glibcVersionRuntime };
}

/** Why TensorFlow's wheel cannot be used on a machine, with what to do instead; undefined where it can. */
export function unsupported({ platform, arch, glibc }: Machine): string | undefined {
  if (platform !== 'linux' || !['x64', 'arm64'].includes(arch)) {
    return (
      `expected Linux on x64 or arm64, found ${platform} on ${arch}; install @tensorflow/tfjs-node 4.22.0 with its ` +
      'install script: camtune uses it, and compile() then runs eagerly'
    );
  }
  return glibc
    ? undefined
    : 'expected the GNU C library, found another (Alpine?); TensorFlow has no wheel for it';
}

/**
 * The variant to install.
 *
 * @param asked true for CUDA, false for none, undefined for what the machine has
 * @throws Failure when CUDA is asked for where there is no wheel with it
 */
export function chooseVariant(asked: boolean | undefined, driver: string | undefined, arch: string): Variant {
  if (arch !== 'x64') {
    if (asked)
      throw new Failure(`setup --gpu: expected x64, found ${arch}; TensorFlow has no CUDA wheel for it`);
    return 'cpu';
  }
  return (asked ?? driver !== undefined) ? 'gpu' : 'cpu';
}
