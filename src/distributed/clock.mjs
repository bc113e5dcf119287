/**
 * Time in which this process ran, in seconds: while it is stopped (or its machine sleeps), the others seem silent, but
 * what they sent lies waiting. Ticks about once a second, and keeps no process alive.
 *
 * @param {() => void} tick
 */
export function clock(tick) {
  let seconds = 0;
  let last = performance.now();
  const advance = () => {
    const now = performance.now();
    seconds += Math.min(2, (now - last) / 1000);
    last = now;
  };
  const timer = setInterval(() => {
    advance();
    tick();
  }, 1000);
  return {
    now: () => seconds,
    stop: () => clearInterval(timer),
  };
}
