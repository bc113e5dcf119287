// The networks that camtune builds beside PyTorch's: node --import tsx bench/parity-networks/architectures/main.ts
// PYTHON names a Python that has torch, torchvision, timm, transformers and safetensors. Arguments: parts of names.
// SEED: of the random numbers, 0 otherwise. Gradients that miss are compared once more with the reference's values on
// the same sides of the kinks of its ReLUs as ours.
import { besidePython } from '../beside-python.js';
import { compareNetwork } from './compare.js';
import { networks } from './networks.js';
import { comparedOnSides } from './on-sides.js';

const limits = { logits: 1e-4, gradients: 1e-3, kink: 1e-4 };
const reference = new URL('reference.py', import.meta.url);
const cases = networks.map(([source, name]) => {
  const label = `${source} ${name}`;
  return {
    label,
    argumentsOf: (folder: string) => [source, name, folder],
    async compare(folder: string): Promise<number> {
      const compared = await compareNetwork(folder);
      try {
        const { logits, gradients, worst, weights, noise, notes } = compared;
        const program = [reference.pathname, source, name, folder];
        const onSides = gradients > limits.gradients ? comparedOnSides(compared, folder, program) : undefined;
        const good =
          logits <= limits.logits &&
          (!onSides || (onSides.gradients <= limits.gradients && onSides.farthest <= limits.kink));
        const text = (value: number) => value.toExponential(1);
        console.log(
          `${good ? 'ok  ' : 'FAIL'} ${label.padEnd(44)} logits ${text(logits)}  gradients ${text(gradients)} of ` +
            `${weights} weights (worst ${worst})` +
            (onSides
              ? `, on the same sides of kinks ${text(onSides.gradients)} (${text(onSides.share)} of the values moved, ` +
                `by up to ${text(onSides.farthest)})`
              : '') +
            `; PyTorch's own float32: ${noise.map(text).join(', ')}${good ? '' : `; ${notes.join('; ')}`}`,
        );
        return good ? 0 : 1;
      } finally {
        compared.dispose();
      }
    },
  };
});
await besidePython(reference, cases);
