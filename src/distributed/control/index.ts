export { type Control, startControl } from './control.js';
