/** What a timing program prints, at least. */
export interface Timing {
  msPerImage: number;
  /** Processor time of all threads: says more than the clock does where others work on the same machine. */
  cpuMsPerImage?: number;
  firstCallMs: number;
  peakMemoryMB: number;
}

/**
 * Times a step as bench/timing.py does: two calls to warm up, then the best of `repeats`; prints one JSON document.
 *
 * @param images that go through one call
 * @param setting printed as well
 */
export async function report(
  what: string,
  { images, repeats, setting = {} }: { images: number; repeats: number; setting?: object },
  step: () => void | Promise<void>,
): Promise<void> {
  const times: number[] = [];
  const cpuTimes: number[] = [];
  for (let call = 0; call < repeats + 2; call++) {
    const [started, before] = [performance.now(), process.cpuUsage()];
    await step();
    times.push(performance.now() - started);
    const { user, system } = process.cpuUsage(before);
    cpuTimes.push((user + system) / 1000);
  }
  const timing: Timing = {
    msPerImage: Math.min(...times.slice(2)) / images,
    cpuMsPerImage: Math.min(...cpuTimes.slice(2)) / images,
    firstCallMs: times[0]!,
    peakMemoryMB: process.resourceUsage().maxRSS / 1024,
  };
  console.log(JSON.stringify({ what, ...timing, ...setting }));
}
