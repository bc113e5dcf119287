// Sorts a checkout of BAR (Biased Action Recognition, Nam et al. 2020: github.com/alinlab/BAR) into one folder a class, as
// camtune reads data: links into the checkout, nothing is copied.
//   npx tsx bench/bar.ts --from CHECKOUT --out DIR
import { mkdir, readdir, symlink } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';

const { values } = parseArgs({ options: { from: { type: 'string' }, out: { type: 'string' } } });
const { from, out } = values;
if (!from || !out) throw new Error('--from and --out: expected a checkout of alinlab/BAR, and a folder');

for (const part of ['train', 'test']) {
  const counts = new Map<string, number>();
  for (const file of (await readdir(join(from, part))).sort()) {
    // climbing_326.jpg
    const [className] = file.split('_') as [string];
    if (!/\.(jpe?g|png)$/i.test(file)) {
      console.log(`${part}/${file}: left out, neither .jpg nor .png`);
      continue;
    }
    await mkdir(join(out, part, className), { recursive: true });
    await symlink(resolve(from, part, file), join(out, part, className, file));
    counts.set(className, (counts.get(className) ?? 0) + 1);
  }
  console.log(`${part}: ${[...counts].map(([name, count]) => `${name} ${count}`).join(', ')}`);
}
