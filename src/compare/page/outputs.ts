import { basename, join, resolve } from 'node:path';
import { comparisonReport, type ComparisonReport, resultsCsv } from '../index.js';
import { writeFileAtomic } from '../../files/write-atomic.js';
import { comparisonMarkdown } from './markdown.js';
import { comparisonPage } from './page.js';

/** Writes results.csv, report.md and report.html of what a comparison has so far. */
export async function writeReport(folder: string): Promise<ComparisonReport> {
  const report = await comparisonReport(folder);
  const name = basename(resolve(folder));
  await writeFileAtomic(join(folder, 'results.csv'), resultsCsv(report.results, report.control));
  await writeFileAtomic(join(folder, 'report.md'), comparisonMarkdown(name, folder, report));
  await writeFileAtomic(join(folder, 'report.html'), await comparisonPage(name, report));
  return report;
}

/** The one document that --json prints: what was done, and the figures of each arm. */
export function document({ protocol, arms, done, planned }: ComparisonReport): object {
  return { protocol: { ...protocol, runs: { done, planned } }, arms };
}
