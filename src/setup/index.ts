export type { Check } from './checks.js';
export { doctor, type DoctorReport } from './doctor.js';
export { setup, type SetupOptions, type SetupReport } from './setup.js';
