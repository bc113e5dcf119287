import { closeSync, fsyncSync, mkdirSync, openSync, readdirSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { appendAtomically } from './append.js';
import { encodeEvent, type EventMessage, type SummaryValue } from './event-message.js';
import { encodeSessionEnd, encodeSessionStart, type Hyperparameters } from './hyperparameters-message.js';
import { frameRecord } from './records.js';

/** Writes what TensorBoard shows. */
export interface EventWriter {
  /** One point on each curve; a value that is not finite is left out. */
  scalars(step: number, values: Record<string, number>): void;
  /** One picture under a tag; TensorBoard shows a slider over the steps. */
  image(step: number, tag: string, png: Uint8Array, width: number, height: number): void;
  /** A text under a tag, in Markdown. */
  text(step: number, tag: string, markdown: string): void;
  /** The run as a row of TensorBoard's HPARAMS page, with the scalars of this folder and of those in it. */
  hyperparameters(values: Hyperparameters): void;
  /** That it went to its end. */
  finished(): void;
  /** Flushes to the disk. */
  flush(): void;
  close(): void;
}

/**
 * Opens a new TensorBoard event file in a folder (made if missing). Scalars and images are written as the summaries
 * `simple_value` and `image`, which every version of TensorBoard and of its EventAccumulator reads.
 *
 * @param options.resumedAt step of the checkpoint a run goes on from: TensorBoard then drops what earlier files in
 *   the folder hold of later steps
 * @throws when the folder can't be written
 */
export function eventWriter(folder: string, { resumedAt }: { resumedAt?: number } = {}): EventWriter {
  mkdirSync(folder, { recursive: true });
  const file = openSync(join(folder, fileName(folder)), 'wx');
  const write = (event: Omit<EventMessage, 'wall_time'>) =>
    appendAtomically(file, frameRecord(encodeEvent({ wall_time: Date.now() / 1000, ...event })));

  /** Everything is in the metadata; the plugin wants a value all the same. */
  const session = (name: string, content: Uint8Array): void => {
    const metadata = { plugin_data: { plugin_name: 'hparams', content }, data_class: 2 as const };
    const tensor = { dtype: 1 as const, tensor_shape: { dim: [{ size: 1 }] }, float_val: [0] };
    write({ step: 0, summary: { value: [{ tag: `_hparams_/${name}`, metadata, tensor }] } });
  };

  write({ file_version: 'brain.Event:2' });
  // TensorBoard drops events of this step and later ones; the checkpoint's own step has been done.
  if (resumedAt !== undefined) write({ step: resumedAt + 1, session_log: { status: 'START' } });
  return {
    scalars(step, values) {
      const value = Object.entries(values)
        .filter(([, number]) => Number.isFinite(number))
        .map(([tag, number]) => summaryValue(tag, 'scalars', { simple_value: number }));
      if (value.length > 0) write({ step, summary: { value } });
    },
    image(step, tag, png, width, height) {
      const image = { height, width, colorspace: 3, encoded_image_string: png };
      write({ step, summary: { value: [summaryValue(tag, 'images', { image })] } });
    },
    text(step, tag, markdown) {
      const tensor = { dtype: 7 as const, tensor_shape: {}, string_val: [Buffer.from(markdown)] };
      const metadata = { plugin_data: { plugin_name: 'text' }, data_class: 2 as const };
      write({ step, summary: { value: [{ tag, metadata, tensor }] } });
    },
    hyperparameters: (values) => session('session_start_info', encodeSessionStart(values, Date.now() / 1000)),
    finished: () => session('session_end_info', encodeSessionEnd(Date.now() / 1000)),
    flush: () => fsyncSync(file),
    close: () => closeSync(file),
  };
}

function summaryValue(
  tag: string,
  plugin: string,
  value: Omit<SummaryValue, 'tag' | 'metadata'>,
): SummaryValue {
  return { tag, metadata: { plugin_data: { plugin_name: plugin } }, ...value };
}

/** A new name that sorts behind those in the folder: TensorBoard reads the files in the order of their names. */
function fileName(folder: string): string {
  const times = readdirSync(folder).map((name) =>
    Number(/^events\.out\.tfevents\.(\d+)\./.exec(name)?.[1] ?? 0),
  );
  const time = Math.max(Math.floor(Date.now() / 1000), ...times.map((earlier) => earlier + 1));
  return `events.out.tfevents.${String(time).padStart(10, '0')}.${hostname()}.${process.pid}`;
}
