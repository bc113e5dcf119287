import { invalid } from '../../errors.js';
import { isObject } from '../../text/is-object.js';
import type { Place } from '../types.js';

/** How a parent that starts workers on this machine tells each its place. */
export const PLACE = 'CAMTUNE_PLACE';

/** A place as a parent of ours has written it. */
export function placeFromParent(text: string): Place {
  try {
    const place: unknown = JSON.parse(text);
    if (isObject(place) && Number.isInteger(place['rank']) && Array.isArray(place['addresses']))
      return place as unknown as Place;
  } catch {
    // Said below.
  }
  throw invalid(PLACE, 'what camtune --processes tells its workers', text, 'unset it');
}
