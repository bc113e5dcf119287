export { document, writeReport } from './outputs.js';
export { comparisonTables } from './tables.js';
