// Maps of vision transformers beside PyTorch's: npm run parity:maps [-- NAMES]
// Attention rollout, Chefer et al. and LeGrad beside methods.py, CAMs beside pytorch-grad-cam; weights are read from
// safetensors and, the same network once more, from ONNX. PyTorch computes in float64; in parentheses its own float32.
// PYTHON names a Python with what ../requirements.txt and
// requirements.txt list. Arguments: parts of names.
import { besidePython } from '../beside-python.js';
import { compareMaps } from './compare.js';
import { networks } from './networks.js';

// Where rounding alone moves a map farther in PyTorch, twice as far is allowed.
const limitOf = (noise: number) => Math.max(1e-4, 2 * noise);
const cases = networks.map(({ label, name, options, files }) => ({
  label,
  argumentsOf: (folder: string) => [name, folder, JSON.stringify(options)],
  async compare(folder: string): Promise<number> {
    let failed = 0;
    for (const file of files) {
      const rows = await compareMaps(folder, file);
      const far = rows.filter(({ distance, noise }) => !(distance <= limitOf(noise)));
      failed += far.length;
      const shown = rows
        .map(
          ({ name, distance, noise }) => `${name} ${distance.toExponential(1)} (${noise.toExponential(1)})`,
        )
        .join('  ');
      console.log(`${far.length === 0 ? 'ok  ' : 'FAIL'} ${label}, ${file}: ${shown}`);
    }
    return failed;
  },
}));
await besidePython(new URL('reference.py', import.meta.url), cases);
