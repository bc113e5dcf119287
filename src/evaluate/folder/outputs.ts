import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { writeFileAtomic } from '../../files/write-atomic.js';
import type { Request, Result } from './types.js';
import { csv, resultRows } from './rows.js';
import type { OpenedClassifier } from '../../models/index.js';

/**
 * Where results go when no folder is named: the same request finds its folder again and goes on there, another has
 * another.
 */
export function defaultFolder(
  metric: string,
  { weights, layer }: OpenedClassifier,
  request: Request,
): string {
  // Neither what is compared with what nor the bins nor who measures changes a measurement.
  const text = JSON.stringify([
    metric,
    weights,
    layer,
    { ...request, reference: undefined, bins: undefined, share: undefined },
  ]);
  const hash = createHash('sha256').update(text).digest('hex').slice(0, 8);
  return join('runs', 'evaluate', `${metric}-${hash}`);
}

/** Writes report.json, results.csv, differences.csv (where a method is compared with) and the pictures of a result. */
export async function writeResult(folder: string, { report, figures }: Result): Promise<void> {
  await writeFileAtomic(join(folder, 'report.json'), `${JSON.stringify(report, null, 2)}\n`);
  await writeFileAtomic(join(folder, 'results.csv'), csv(resultRows(report.methods)));
  if (report.differences)
    await writeFileAtomic(join(folder, 'differences.csv'), csv(resultRows(report.differences.methods)));
  for (const { name, content } of figures) await writeFileAtomic(join(folder, name), content);
}
