// npm run build: dist/ with ESM and types, and what of the sources is not TypeScript (the sources of the engine) beside it.
import { chmodSync, cpSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { installPackages, root, run } from './bootstrap.mjs';

await installPackages();

const dist = join(root, 'dist');
rmSync(dist, { recursive: true, force: true });
const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
const status = await run(process.execPath, [tsc, '-p', 'tsconfig.build.json']);
if (status !== 0) process.exit(status);
const isAsset = (path) => statSync(path).isDirectory() || !path.endsWith('.ts');
cpSync(join(root, 'src'), dist, { recursive: true, filter: isAsset });
chmodSync(join(dist, 'cli', 'main.js'), 0o755);
