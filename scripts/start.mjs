// npm start [-- ARGUMENTS]: installs what is missing, then trains with the quick-start recipe.
import { bootstrap, camtune, run } from './bootstrap.mjs';

await bootstrap();
const args = ['train', 'recipes/quickstart.yaml', ...process.argv.slice(2)];
process.exitCode = await run(process.execPath, [...camtune, ...args]);
