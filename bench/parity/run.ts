import type { Finding, Uncovered } from './finding.js';
import { openFolder } from './folder.js';
import { methodFindings } from './methods.js';
import { metricFindings } from './metrics.js';
import { networkFindings } from './networks.js';
import { rows, type Row } from './table.js';
import { unitFindings } from './units.js';

/**
 * Checks every method and metric against a folder of golden numbers. The backend is whatever tfjs has.
 *
 * @throws InvalidInput where there is no such folder
 */
export async function parity(directory: string): Promise<{ rows: Row[]; uncovered: Uncovered[] }> {
  const folder = openFolder(directory);
  const found: Finding[] = [];
  const uncovered: Uncovered[] = [];
  try {
    for (const part of [unitFindings, networkFindings, methodFindings, metricFindings]) {
      for await (const finding of part(folder)) {
        if ('uncovered' in finding) uncovered.push(finding);
        else found.push(finding);
      }
    }
  } finally {
    await folder.close();
  }
  return { rows: rows(found), uncovered };
}
