/** Runs a named piece of work, and says when it begins and how long it took. */
export type Step = <T>(name: string, work: () => Promise<T>) => Promise<T>;

/** What was done, in order; seconds with one decimal. */
export interface StepTime {
  name: string;
  seconds: number;
}

/**
 * @param log takes one line of text at a time
 * @returns step, and the list that it fills with every step that succeeded
 */
export function stepper(log: (line: string) => void): { step: Step; done: StepTime[] } {
  const done: StepTime[] = [];
  const step: Step = async (name, work) => {
    log(`setup: ${name} ...`);
    const start = performance.now();
    const result = await work();
    const seconds = Math.round((performance.now() - start) / 100) / 10;
    done.push({ name, seconds });
    log(`setup: ${name}: ${seconds.toFixed(1)} s`);
    return result;
  };
  return { step, done };
}
