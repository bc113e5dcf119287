import { stat } from 'node:fs/promises';
import { join } from 'node:path';

/** What a folder of weights may hold, in this order: camtune's checkpoint, Hugging Face's and timm's files. */
const names = [
  'model.json',
  'model.safetensors',
  'model.safetensors.index.json',
  'pytorch_model.bin',
  'pytorch_model.bin.index.json',
  'onnx/model.onnx',
  'model.onnx',
];

/** The file of a folder that holds its weights or says where they are; model.json where there is none. */
export async function weightsIn(folder: string): Promise<string> {
  for (const name of names) {
    const path = join(folder, name);
    if ((await stat(path).catch(() => undefined))?.isFile()) return path;
  }
  return join(folder, names[0]!);
}
