export { evaluateAll } from './all.js';
export { methodSettings } from './method-settings.js';
export { type Request, type Watch, metrics } from './metrics.js';
export { defaultFolder, writeResult } from './outputs.js';
export { resultRows, tableCells } from './rows.js';
