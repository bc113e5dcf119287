import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { Failure, InvalidInput } from '../../errors.js';
import { writeFileAtomic } from '../../files/write-atomic.js';
import { makeFolder } from '../../files/folders.js';
import { lockFolder } from '../../files/lock.js';
import { hasFile } from '../../files/read-file.js';
import { completeRecipe, differences, type Recipe } from '../../train/recipe/index.js';
import { planDefaults } from './plan.js';
import type { ComparisonPlan, RunResult, Start } from '../types.js';
import { withValidateEvery } from './validated-epochs.js';

const planFile = (folder: string): string => join(folder, 'compare.yaml');
const startFile = (folder: string, draw?: number): string =>
  join(folder, draw === undefined ? 'start.json' : `start-draw-${draw}.json`);
const resultFile = (runFolder: string): string => join(runFolder, 'result.json');

/** Whether a comparison has begun there. */
export function holdsComparison(folder: string): boolean {
  return hasFile(planFile(folder));
}

/**
 * What a folder compares.
 *
 * @throws Failure where compare.yaml is missing or damaged, InvalidInput where its recipe is not one of this version
 */
export async function readPlan(folder: string): Promise<ComparisonPlan<Recipe>> {
  const path = planFile(folder);
  const plan = (await parsed(path, parse)) as Partial<ComparisonPlan<Recipe>>;
  const { arms, seeds, recipe } = plan;
  if (!Array.isArray(arms) || !Array.isArray(seeds) || !recipe) {
    throw new Failure(`${path}: expected arms, seeds and a recipe; name another folder, or remove this one`);
  }
  return { ...planDefaults, ...plan, arms, seeds, recipe: completeRecipe(recipe) };
}

/**
 * Writes down what a folder compares. Where it holds a comparison already, arms and seeds that are new are added, and
 * none is taken away; of its recipe nothing changes but that runs may be validated more rarely.
 *
 * @throws InvalidInput where the folder compares with another recipe, Failure where another process is at work in it
 */
export async function openComparison(
  folder: string,
  asked: ComparisonPlan<Recipe>,
): Promise<ComparisonPlan<Recipe>> {
  makeFolder(folder);
  const lock = await lockFolder(folder);
  try {
    return await extendPlan(folder, asked);
  } finally {
    await lock.release();
  }
}

async function extendPlan(folder: string, asked: ComparisonPlan<Recipe>): Promise<ComparisonPlan<Recipe>> {
  // A plan that failed before anything was measured binds nobody: its recipe was wrong.
  const found = hasBegun(folder, asked) ? await readPlan(folder) : asked;
  const recipe = withValidateEvery(found.recipe, asked.recipe);
  const changed = [...differences(asked.recipe, recipe), ...planDifferences(asked, found)];
  if (changed.length > 0) {
    throw new InvalidInput(
      `${folder}: a comparison goes on with its own recipe, and this one has ${changed.join('; ')}; name another folder with --out`,
    );
  }
  const plan = {
    arms: [...new Set([...found.arms, ...asked.arms])],
    seeds: [...new Set([...found.seeds, ...asked.seeds])].sort((a, b) => a - b),
    control: found.control,
    draws: found.draws,
    equalCost: found.equalCost,
    also: found.also,
    recipe,
  };
  await writePlan(folder, plan);
  return plan;
}

/** Whether anything has been measured there. */
function hasBegun(folder: string, { seeds }: ComparisonPlan<Recipe>): boolean {
  const starts = [startFile(folder), ...seeds.map((draw) => startFile(folder, draw))];
  return starts.some(hasFile);
}

/** What cannot change on the way, beside the recipe. A control that the comparison found for itself is not asked for. */
function planDifferences(asked: ComparisonPlan<Recipe>, found: ComparisonPlan<Recipe>): string[] {
  const kept = ['draws', 'equalCost', 'also', ...(found.equalCost ? [] : ['control'])] as const;
  return kept.flatMap((key) => {
    const [one, other] = [asked, found].map((plan) => JSON.stringify(plan[key as keyof typeof plan]));
    return one === other ? [] : [`${key} ${other}, not ${one}`];
  });
}

/** Writes down what a folder compares. */
export async function writePlan(folder: string, plan: ComparisonPlan<Recipe>): Promise<void> {
  await writeFileAtomic(planFile(folder), stringify(plan, { lineWidth: 0, aliasDuplicateObjects: false }));
}

/** The result of a run, or undefined where it has none yet. */
export async function readResult(runFolder: string): Promise<RunResult | undefined> {
  const path = resultFile(runFolder);
  return hasFile(path) ? ((await parsed(path, JSON.parse)) as RunResult) : undefined;
}

export async function writeResult(runFolder: string, result: RunResult): Promise<void> {
  await writeFileAtomic(resultFile(runFolder), `${JSON.stringify(result)}\n`);
}

/**
 * What all arms have in common, or undefined where it was not measured yet.
 *
 * @param draw number of the draw, where each has data of its own
 */
export async function readStart(folder: string, draw?: number): Promise<Start | undefined> {
  const path = startFile(folder, draw);
  return hasFile(path) ? ((await parsed(path, JSON.parse)) as Start) : undefined;
}

export async function writeStart(folder: string, start: Start, draw?: number): Promise<void> {
  await writeFileAtomic(startFile(folder, draw), `${JSON.stringify(start)}\n`);
}

async function parsed(path: string, parser: (text: string) => unknown): Promise<unknown> {
  try {
    return parser(await readFile(path, 'utf8'));
  } catch (error) {
    throw new Failure(`${path}: cannot be read (${(error as Error).message}); remove it to make it anew`);
  }
}
