import { command } from '../command.js';
import { flag, json } from '../options.js';
import { printJson, tell } from '../print.js';

interface SetupFlags {
  gpu?: boolean;
  rebuild?: boolean;
  json?: boolean;
}

/** `camtune setup`. */
export const setupCommand = command<SetupFlags>({
  usage: 'setup',
  describe: 'install the native TensorFlow runtime; does nothing where it is already there',
  options: {
    gpu: flag(
      'take the CUDA build (by itself where an NVIDIA driver is found); --no-gpu: the CPU build in any case',
    ),
    rebuild: flag('build the addon again even where a working one is found'),
    json,
  },
  async run({ gpu, rebuild, json: asJson }) {
    const { setup } = await import('../../setup/index.js');
    const report = await setup({ gpu, rebuild, log: tell });
    if (asJson) printJson(report);
  },
});
