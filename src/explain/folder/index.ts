export { explainFolder } from './explain-folder.js';
export { chosenMethods, drawing } from './request.js';
export type { Outcome } from './run.js';
