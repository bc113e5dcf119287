import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { Failure, InvalidInput } from '../errors.js';
import { writeFileAtomic } from '../files.js';
import { makeFolder } from '../folders.js';
import { lockFolder } from '../lock.js';
import { completeRecipe, differences, type Recipe } from '../train/recipe/index.js';
import type { ComparisonPlan, RunResult, Start } from './types.js';

const planFile = (folder: string): string => join(folder, 'compare.yaml');
const startFile = (folder: string): string => join(folder, 'start.json');
const resultFile = (runFolder: string): string => join(runFolder, 'result.json');

/** Whether a comparison has begun there. */
export function holdsComparison(folder: string): boolean {
  return existsSync(planFile(folder));
}

/**
 * What a folder compares.
 *
 * @throws Failure where compare.yaml is missing or damaged, InvalidInput where its recipe is not one of this version
 */
export async function readPlan(folder: string): Promise<ComparisonPlan<Recipe>> {
  const path = planFile(folder);
  const { arms, seeds, recipe } = (await parsed(path, parse)) as Partial<ComparisonPlan<Recipe>>;
  if (!Array.isArray(arms) || !Array.isArray(seeds) || !recipe) {
    throw new Failure(`${path}: expected arms, seeds and a recipe; name another folder, or remove this one`);
  }
  return { arms, seeds, recipe: completeRecipe(recipe) };
}

/**
 * Writes down what a folder compares. Where it holds a comparison already, arms and seeds that are new are added, and
 * none is taken away.
 *
 * @throws InvalidInput where the folder compares with another recipe, Failure where another process is at work in it
 */
export async function openComparison(
  folder: string,
  asked: ComparisonPlan<Recipe>,
): Promise<ComparisonPlan<Recipe>> {
  await makeFolder(folder);
  const lock = await lockFolder(folder);
  try {
    return await extendPlan(folder, asked);
  } finally {
    await lock.release();
  }
}

async function extendPlan(folder: string, asked: ComparisonPlan<Recipe>): Promise<ComparisonPlan<Recipe>> {
  // A plan that failed before anything was measured binds nobody: its recipe was wrong.
  const found = existsSync(startFile(folder)) ? await readPlan(folder) : asked;
  const changed = differences(asked.recipe, found.recipe);
  if (changed.length > 0) {
    throw new InvalidInput(
      `${folder}: a comparison goes on with its own recipe, and this one has ${changed.join('; ')}; name another folder with --out`,
    );
  }
  const plan = {
    arms: [...new Set([...found.arms, ...asked.arms])],
    seeds: [...new Set([...found.seeds, ...asked.seeds])].sort((a, b) => a - b),
    recipe: found.recipe,
  };
  await writeFileAtomic(planFile(folder), stringify(plan, { lineWidth: 0, aliasDuplicateObjects: false }));
  return plan;
}

/** The result of a run, or undefined where it has none yet. */
export async function readResult(runFolder: string): Promise<RunResult | undefined> {
  const path = resultFile(runFolder);
  return existsSync(path) ? ((await parsed(path, JSON.parse)) as RunResult) : undefined;
}

export async function writeResult(runFolder: string, result: RunResult): Promise<void> {
  await writeFileAtomic(resultFile(runFolder), `${JSON.stringify(result)}\n`);
}

/** What all arms have in common, or undefined where it was not measured yet. */
export async function readStart(folder: string): Promise<Start | undefined> {
  const path = startFile(folder);
  return existsSync(path) ? ((await parsed(path, JSON.parse)) as Start) : undefined;
}

export async function writeStart(folder: string, start: Start): Promise<void> {
  await writeFileAtomic(startFile(folder), `${JSON.stringify(start)}\n`);
}

async function parsed(path: string, parser: (text: string) => unknown): Promise<unknown> {
  try {
    return parser(await readFile(path, 'utf8'));
  } catch (error) {
    throw new Failure(`${path}: cannot be read (${(error as Error).message}); remove it to make it anew`);
  }
}
