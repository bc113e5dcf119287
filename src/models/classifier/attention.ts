import * as tf from '@tensorflow/tfjs-core';
import type { ApplyStep } from './apply-step.js';
import { pastAttention, type Blocks } from './blocks.js';
import { plan, run, type Plan } from './graph.js';
import type { Attention } from './types.js';

/**
 * The attention of a transformer's blocks, and gradients with respect to it.
 *
 * @param infer how a step is done
 * @param checked lets images through that fit the network
 */
export function attentionOfBlocks(
  found: Blocks,
  infer: ApplyStep,
  checked: (images: tf.Tensor4D) => tf.Tensor4D,
): Attention {
  const { graph, blocks, prefix, grid, reads } = found;
  const values = blocks.map(({ attention }) => attention);
  const front = plan(graph, [graph.input], values)!;
  const before = plan(graph, [graph.input], [blocks[0]!.input])!;
  const rest = plan(graph, [blocks[0]!.input], [graph.output])!;
  const tail = plan(graph, [blocks.at(-1)!.output], [graph.output])!;
  const pasts = blocks.map((block) => pastAttention(found, block));
  const ownEnds = blocks.map(({ attention, output }, block) =>
    plan(graph, [attention, ...pasts[block]!], [output])!,
  );
  const alone = (plan: Plan, given: tf.Tensor[]): tf.Tensor => run(plan, given, infer)[0]!;

  return {
    blocks: blocks.length,
    prefix,
    grid,
    reads,
    probabilities: (images) =>
      tf.tidy(() => run(front, [checked(images)], infer).map((each) => byHeads(each, images.shape[0]))),
    gradients: (images, direction) =>
      tf.tidy(() => {
        const start = alone(before, [checked(images)]);
        const taps = new Map<number, { value: tf.Tensor; gradient?: tf.Tensor }>();
        const score = (x: tf.Tensor): tf.Scalar => {
          const logits = run(rest, [x], (step, inputs) => {
            const outputs = infer(step, inputs);
            if (!values.includes(step.outputs[0]!)) return outputs;
            const tap: { value: tf.Tensor; gradient?: tf.Tensor } = { value: tf.keep(outputs[0]!.clone()) };
            taps.set(step.outputs[0]!, tap);
            return [tapped(outputs[0]!, (gradient) => (tap.gradient = tf.keep(gradient.clone())))];
          });
          return tf.sum(tf.mul(logits[0]!, direction));
        };
        tf.grad(score)(start).dispose();
        // What is kept would outlive the caller's tidy.
        const released = (kept: tf.Tensor): tf.Tensor4D => {
          const owned = byHeads(kept, images.shape[0]);
          kept.dispose();
          return owned;
        };
        const each = values.map((value) => taps.get(value)!);
        return {
          probabilities: each.map(({ value }) => released(value)),
          gradients: each.map(({ gradient }) => released(gradient!)),
        };
      }),
    ownGradients: (images, direction, last = blocks.length) =>
      tf.tidy(() => {
        const chosen = blocks.map((_, block) => block).slice(-last);
        const wanted = [...new Set(chosen.flatMap((block) => [values[block]!, ...pasts[block]!]))];
        const made = run(plan(graph, [graph.input], wanted)!, [checked(images)], infer);
        const valueOf = (number: number) => made[wanted.indexOf(number)]!;
        return chosen.map((block) =>
          tf.tidy(() => {
            const past = pasts[block]!.map(valueOf);
            const score = (attention: tf.Tensor): tf.Scalar => {
              const tokens = alone(ownEnds[block]!, [attention, ...past]);
              const mean = tf.tile(tf.mean(tokens, 1, true), [1, tokens.shape[1]!, 1]);
              return tf.sum(tf.mul(alone(tail, [mean]), direction));
            };
            return byHeads(tf.grad(score)(valueOf(values[block]!)), images.shape[0]);
          }),
        );
      }),
  };
}

/** [N, heads, T, T] from that or from [N · heads, T, T]. */
function byHeads(attention: tf.Tensor, count: number): tf.Tensor4D {
  const [rows, columns] = attention.shape.slice(-2) as [number, number];
  return tf.reshape(attention, [count, -1, rows, columns]);
}

/** The same value, whose gradient is heard of. */
function tapped(x: tf.Tensor, hear: (gradient: tf.Tensor) => void): tf.Tensor {
  const same = tf.customGrad((value) => ({
    value: (value as tf.Tensor).clone(),
    gradFunc: (dy: tf.Tensor) => {
      hear(dy);
      return dy.clone();
    },
  }));
  return same(x);
}
