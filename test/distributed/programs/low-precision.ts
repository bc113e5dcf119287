// A rank that trains a small network in every number format, and leaves.
import { joinThis, tell } from './rank.js';
import { trainLow } from './low-training.js';

const group = await joinThis();
tell(trainLow(group));
await group.leave();
