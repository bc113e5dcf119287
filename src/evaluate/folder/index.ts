export { evaluateAll } from './all.js';
export { checkShares } from './images.js';
export { methodSettings } from './method-settings.js';
export { canBeShared, measureShare } from './measure-share.js';
export { metrics } from './metrics.js';
export { type Request, type Watch } from './types.js';
export { defaultFolder, writeResult } from './outputs.js';
export { resultRows, tableCells } from './rows.js';
export { joined, measureTogether, partWatch } from './together.js';
