import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadTensorflow } from '../../src/tensorflow/index.js';

/** A network that a Python program computes first. */
export interface Case {
  label: string;
  /** Of the program, given the folder that it writes to. */
  argumentsOf(folder: string): string[];
  /** Compares with what stands in the folder, prints it, and says how many comparisons failed. */
  compare(folder: string): Promise<number>;
}

/**
 * Runs a Python program for each case whose label holds one of the command line's arguments (without any, for all), and
 * compares. PYTHON names the Python. A case that cannot be compared has failed; the exit status says whether one has.
 */
export async function besidePython(program: URL, cases: readonly Case[]): Promise<void> {
  await loadTensorflow();
  const wanted = process.argv.slice(2);
  const python = process.env['PYTHON'] ?? 'python3';
  let failed = 0;
  for (const { label, argumentsOf, compare } of cases) {
    if (wanted.length > 0 && !wanted.some((part) => label.includes(part))) continue;
    const folder = mkdtempSync(join(tmpdir(), 'camtune-parity-'));
    try {
      execFileSync(python, [program.pathname, ...argumentsOf(folder)], {
        stdio: ['ignore', 'ignore', 'pipe'],
      });
      failed += await compare(folder);
    } catch (error) {
      failed++;
      console.log(`FAIL ${label}: ${(error as Error).message.slice(0, 1500)}`);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }
  process.exitCode = failed > 0 ? 1 : 0;
}
