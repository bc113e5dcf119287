import { train, loadRecipe } from './src/train/index.js';
const recipe = await loadRecipe('recipes/quickstart.yaml', process.argv.slice(3));
const r = await train(recipe, { runFolder: process.argv[2]!, resume: process.env.RESUME==='1', log: (l) => console.log(l), dryRun: process.env.DRY==='1' });
console.log(JSON.stringify(r,null,1).slice(0,1500));
