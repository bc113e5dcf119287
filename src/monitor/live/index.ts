export { serveReport, type LiveReport, type ServeOptions } from './serve.js';
