export type { ReportDocument, RunDocument } from './document.js';
export { mapsDocument } from './maps-document.js';
export { embeddedPictures, reportPage } from './page.js';
export { reportCache, reportDocument, type ReportCache } from './run-document.js';
