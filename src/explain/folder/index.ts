export { explainFolder } from './explain-folder.js';
export { methodOptionsFrom } from './settings.js';
export { forgetRecords } from './records.js';
export { chosenMethods, drawing } from './request.js';
export type { Outcome } from './run.js';
export { outcomeJson, tally, type Tally } from './outcomes.js';
export { explainTogether, tellOutcome, type Others } from './together.js';
