import * as tf from '@tensorflow/tfjs-core';
import { loadTensorflow } from '../src/tensorflow/index.js';
import { classifier, resnet50 } from '../src/models/index.js';
import { methods, compiledClassifier } from '../src/explain/index.js';
await loadTensorflow(); await tf.setBackend('tensorflow'); await tf.ready();
const c = compiledClassifier(classifier(resnet50({ classes: 1000 })));
const [name, n, opts] = [process.argv[2]!, Number(process.argv[3]), JSON.parse(process.argv[4] ?? '{}')];
const x = tf.randomNormal<tf.Rank.R4>([n, 224, 224, 3], 0, 1, 'float32', 1);
const rss = () => Math.round(process.resourceUsage().maxRSS / 1024);
const before = rss(); const t = performance.now();
const m = methods[name]!.run(c, x, opts); m.map.dataSync();
const first = performance.now() - t; const t2 = performance.now();
if (process.argv[5]) { methods[name]!.run(c, x, opts).map.dataSync(); }
console.log(name, n, JSON.stringify(opts), 'before', before, 'peak', rss(), 'first s', (first / 1000).toFixed(1), 'second s', ((performance.now() - t2)/1000).toFixed(1));
