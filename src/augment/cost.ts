import { blends } from './blends/index.js';
import { mapSources } from './maps/index.js';
import type { StageMethod, StageOptions } from './types.js';

/** What the queries may cost: exact asks every one; auto takes the cheapest answer that passes the gate of docs/stage.md. */
export type StageCost = 'exact' | 'auto';

/** The method that answers at a cost: for auto the mean activation (LaFAM), in place of the queries. */
export function methodAt(cost: StageCost, method: StageMethod): StageMethod {
  return cost === 'auto' && method === 'group-cam' ? 'lafam' : method;
}

/** What a cost depends on. */
type Priced = Pick<StageOptions, 'method' | 'groups'> & Partial<Pick<StageOptions, 'blend' | 'scoringScale'>>;

/** Queries of the network that the stage asks for an image, beside its activations. */
export function queriesOf({ method, groups, blend = 'blur' }: Priced): number {
  return usesMap({ blend }) ? mapSources[method].queries({ groups }) : 0;
}

/** Forward passes that the stage costs an image, queries included, in passes at the image's full size. */
export function passesOf({ method, groups, blend = 'blur', scoringScale = 1 }: Priced): number {
  return usesMap({ blend }) ? mapSources[method].passes({ groups, scoringScale }) : 0;
}

/** Whether the stage makes a map at all: a blend may want none. */
export function usesMap({ blend }: Pick<StageOptions, 'blend'>): boolean {
  return blends[blend].map !== 'none';
}

/** Whether the stage's maps have the resolution of the target layer. */
export function usesLayer({ method, blend }: Pick<StageOptions, 'method' | 'blend'>): boolean {
  const { fromNetwork, needs } = mapSources[method];
  return (
    usesMap({ blend }) && (fromNetwork || needs === 'field' || needs === 'stranger' || needs === 'shift')
  );
}

/** Whether the stage asks the network about a class, which takes a last layer that knows it. */
export function asksClass({ method, blend }: Pick<StageOptions, 'method' | 'blend'>): boolean {
  return usesMap({ blend }) && mapSources[method].needs === 'label';
}

/** What the stage does, in words. */
export function stageDescription({ method, blend }: Pick<StageOptions, 'method' | 'blend'>): string {
  const { summary } = blends[blend];
  return usesMap({ blend }) ? `${mapSources[method].summary}; ${summary}` : summary;
}
