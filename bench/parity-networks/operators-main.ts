// Operators beside onnxruntime's: npm run parity:networks -- --operators [PART OF A LABEL]
// PYTHON names a Python that has onnx and onnxruntime (requirements.txt).
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadTensorflow } from '../../src/tensorflow/index.js';
import { compareOperators, type OperatorCases } from './operators.js';

const limits = { values: 1e-4, slope: 1e-2 };

/** What operators.py writes: every operator, and what onnxruntime computes. */
export function operatorCases(): OperatorCases {
  const folder = mkdtempSync(join(tmpdir(), 'camtune-operators-'));
  try {
    const file = join(folder, 'operators.json');
    const program = new URL('operators.py', import.meta.url).pathname;
    execFileSync(process.env['PYTHON'] ?? 'python3', [program, file], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    return JSON.parse(readFileSync(file, 'utf8')) as OperatorCases;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Prints what differs and a line for each operator. @returns whether all agree */
export async function operatorsAgree(part = ''): Promise<boolean> {
  const given = operatorCases();
  await loadTensorflow();
  const seen = new Map<string, { cases: number; failed: number; values: number; slope: number }>();
  const cases = given.cases.filter(({ label }) => label.includes(part));
  await compareOperators({ ...given, cases }, (label, distance) => {
    const operator = label.split(' ')[0]!;
    const row = seen.get(operator) ?? { cases: 0, failed: 0, values: 0, slope: 0 };
    seen.set(operator, row);
    row.cases++;
    if (distance instanceof Error) {
      row.failed++;
      console.log(`${label}: ${distance.message.replace(/^.*?operator\.onnx: /, '').slice(0, 200)}`);
      return;
    }
    row.values = Math.max(row.values, distance.values);
    row.slope = Math.max(row.slope, distance.slope);
    if (distance.values <= limits.values && distance.slope <= limits.slope) return;
    row.failed++;
    console.log(`${label}: values ${text(distance.values)}, slope ${text(distance.slope)}`);
  });
  console.log(['operator', 'cases', 'failed', 'values', 'slope'].join('\t'));
  for (const [operator, { cases, failed, values, slope }] of [...seen].sort(([a], [b]) => (a < b ? -1 : 1)))
    console.log([operator, cases, failed, text(values), text(slope)].join('\t'));
  return [...seen.values()].every(({ failed }) => failed === 0);
}

function text(distance: number): string {
  return distance === 0 ? '0' : distance.toExponential(1);
}
