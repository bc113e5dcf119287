export { lineChart, type Line } from './line-chart.js';
export { sanitySheet, type SanityMaps } from './sanity-sheet.js';
