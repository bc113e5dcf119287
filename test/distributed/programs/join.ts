// A rank that joins, or tells why not.
import { joinThis, tell } from './rank.js';

try {
  const group = await joinThis();
  tell('joined');
  await group.leave();
} catch (error) {
  tell({ name: (error as Error).name, message: (error as Error).message });
  process.exit(1);
}
