export { loadNativeRuntime, type Runtime } from './load.js';
export {
  type Check,
  doctor,
  type DoctorReport,
  setup,
  type SetupOptions,
  type SetupReport,
} from '../setup/index.js';
