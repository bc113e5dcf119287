import type { ExportFormat } from '../../models/index.js';
import { command } from '../command.js';
import { anyNetwork, flag, json, path, pathArgument, value } from '../options.js';
import { print, printJson, tell } from '../print.js';
import { weightsOf } from '../../files/run-folder.js';

interface ExportFlags {
  model: string;
  format: ExportFormat;
  out: string;
  precision: 'float32' | 'float16';
  'with-map'?: boolean;
  json?: boolean;
}

/** `camtune export`. */
export const exportCommand = command<ExportFlags>({
  usage: 'export <model>',
  describe: 'write a network for onnxruntime, transformers.js, PyTorch or plain tfjs',
  positionals: {
    model: pathArgument(anyNetwork),
  },
  options: {
    format: value('what is written', {
      choices: ['onnx', 'safetensors', 'tfjs', 'huggingface'],
      demandOption: true,
    }),
    out: path('folder, or for onnx and safetensors a file that ends so', { demandOption: true }),
    precision: value('of the weights and of what ONNX computes', {
      choices: ['float32', 'float16'],
      default: 'float32',
    }),
    'with-map': flag('ONNX gets a second output: the CAM of the most likely class'),
    json,
  },
  epilogue: 'docs/export.md says what goes into each, what comes out, and how it is made smaller.',
  async run({ model, format, out, precision, 'with-map': withMap = false, json: asJson }) {
    // Hardly anything is computed: this works where no native runtime is installed.
    await import('@tensorflow/tfjs-backend-cpu');
    (await import('@tensorflow/tfjs-core')).enableProdMode(); // without its advice to install a native backend
    const { exportModel } = await import('../../models/index.js');
    const from = weightsOf(model, tell);
    const { files, notes } = await exportModel({ from, format, to: out, precision, withMap });
    notes.forEach(tell);
    if (asJson) printJson({ files, notes });
    else files.forEach(print);
  },
});
