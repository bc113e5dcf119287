/** Processes that tests start are not measured: what each of them writes takes a second, and reading it again more. */
export const mochaHooks = {
  beforeAll() {
    if (process.env.NODE_V8_COVERAGE) process.env.NODE_V8_COVERAGE = '';
  },
};
