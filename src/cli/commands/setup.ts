import type { Command } from 'commander';
import { jsonOption } from '../options.js';
import { printJson, tell } from '../print.js';

interface SetupOptions {
  gpu?: boolean;
  rebuild?: boolean;
  json?: boolean;
}

/** Registers `camtune setup`. */
export function setupCommand(program: Command): void {
  program
    .command('setup')
    .description('install the native TensorFlow runtime; does nothing where it is already there')
    .option('--gpu', 'take the CUDA build (by itself where an NVIDIA driver is found)')
    .option('--no-gpu', 'take the CPU build in any case')
    .option('--rebuild', 'build the addon again even where a working one is found')
    .addOption(jsonOption())
    .action(async ({ gpu, rebuild, json }: SetupOptions) => {
      const { setup } = await import('../../setup/index.js');
      const report = await setup({ gpu, rebuild, log: tell });
      if (json) printJson(report);
    });
}
