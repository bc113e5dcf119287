// The networks that camtune builds beside PyTorch's: node --import tsx bench/parity-networks/architectures/main.ts
// PYTHON names a Python that has torch, torchvision, timm, transformers and safetensors. Arguments: parts of names.
// SEED: of the random numbers, 0 otherwise.
import { besidePython } from '../beside-python.js';
import { compareNetwork } from './compare.js';
import { networks } from './networks.js';

const limits = { logits: 1e-4, gradients: 1e-3 };
const cases = networks.map(([source, name]) => {
  const label = `${source} ${name}`;
  return {
    label,
    argumentsOf: (folder: string) => [source, name, folder],
    async compare(folder: string): Promise<number> {
      const { logits, gradients, worst, weights, noise, notes } = await compareNetwork(folder);
      // A value that rounding moves over the kink of a ReLU changes gradients in PyTorch just as much.
      const good = logits <= limits.logits && gradients <= Math.max(limits.gradients, 2 * noise[1]);
      console.log(
        `${good ? 'ok  ' : 'FAIL'} ${label.padEnd(44)} logits ${logits.toExponential(1)}  gradients ` +
          `${gradients.toExponential(1)} of ${weights} weights (worst ${worst}); PyTorch's own ` +
          `float32: ${noise[0].toExponential(1)}, ${noise[1].toExponential(1)}${good ? '' : `; ${notes.join('; ')}`}`,
      );
      return good ? 0 : 1;
    },
  };
});
await besidePython(new URL('reference.py', import.meta.url), cases);
