import { z } from 'zod';
import { optional, text } from './parts.js';

export const model = z.strictObject({
  architecture: text()
    .default('resnet50')
    .describe(
      'The network where weights is null, as docs/architectures.md lists them; weights bring their own',
    ),
  weights: optional(text()).describe(
    "Starting weights, anything that --weights takes; null: initialized as He et al. (2015). Other classes than the data's get a new head, and the log says so",
  ),
  layout: optional(z.enum(['stride-in-3x3', 'stride-in-1x1'])).describe(
    'Where a bottleneck block has its stride: as torchvision, or as Keras and Caffe; null: as the weights say. Another one than theirs is refused',
  ),
  freeze: z
    .array(text())
    .default([])
    .describe(
      'Layers whose weights and running statistics stay; * stands for any text, as in layer1*. A pattern that matches nothing is an error',
    ),
  freezeNorm: z
    .boolean()
    .default(false)
    .describe('Every batch norm keeps its running statistics, scale and shift'),
  syncNorm: z
    .boolean()
    .default(false)
    .describe(
      "With several processes: batch norms have the statistics of the whole batch, not of each process's share (docs/scaling.md)",
    ),
  ema: optional(z.number().min(0).lt(1)).describe(
    'Share that a running average of the weights keeps of itself at each step, as 0.999; the average is what is validated and saved. null: no average',
  ),
  dropPath: optional(z.number().min(0).lt(1)).describe(
    "Stochastic depth: rate at which an image leaves out what the last block adds, as 0.1; earlier blocks have less. For vision transformers and networks that have it; null: the network's own",
  ),
  zeroGamma: z
    .boolean()
    .default(false)
    .describe('The last batch norm of every block starts at zero (where weights is null)'),
});
