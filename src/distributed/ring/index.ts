export { connectRing, type RingConnections } from './connect.js';
