import * as tf from '@tensorflow/tfjs-core';
import { loadTensorflow, compile, applyMomentum } from './src/tensorflow/index.js';
import { resnet50, classifier, normalise, torchvisionPreprocessing } from './src/models/index.js';
console.log(await loadTensorflow());
let t0=performance.now(); const model = resnet50({classes:10, initial:'he', layout:'stride-in-1x1'}); const c = classifier(model); console.log('build', performance.now()-t0);
const B=+(process.argv[2]??16), prec=(process.argv[3]??'float32') as any;
const vars = model.trainableWeights.map(w => (w as any).val as tf.Variable);
const slots = vars.map(v => tf.tidy(() => tf.variable(tf.zeros(v.shape), false)));
const step = compile((pixels: any, labels: tf.Tensor1D, lr: tf.Scalar) => tf.tidy(() => {
  const x = normalise(pixels, torchvisionPreprocessing);
  const { value, grads } = tf.variableGrads(() => { const lg = c.trainingLogits(x); const lp = tf.logSoftmax(lg); return tf.neg(tf.mean(tf.sum(tf.mul(lp, tf.oneHot(labels,10)),1))) as tf.Scalar; }, vars);
  vars.forEach((v,i) => applyMomentum(v, slots[i]!, tf.add(grads[v.name]!, tf.mul(v, 1e-4)), lr, 0.9));
  return value; }), {precision: prec});
const fwd = compile((pixels:any) => tf.tidy(() => c.logits(normalise(pixels, torchvisionPreprocessing))), {precision: prec});
const px = {pixels: new Uint8Array(B*224*224*3).map(()=>Math.random()*255), shape:[B,224,224,3]};
const labels = tf.tensor1d(Array.from({length:B},(_, i)=>i%10),'int32'), lr=tf.scalar(0.001);
for (const [n,f] of [['fwd',()=>fwd(px)],['train',()=>step(px,labels,lr)]] as const) {
  t0=performance.now(); let r=f() as tf.Tensor; r.dataSync(); r.dispose(); console.log(n,'first', ((performance.now()-t0)/1000).toFixed(1)+'s');
  let best=1e9; for(let i=0;i<5;i++){t0=performance.now(); r=f() as tf.Tensor; const v=r.dataSync()[0]; r.dispose(); best=Math.min(best,performance.now()-t0); if(n==='train')console.log(v);} console.log(n,'ms/img',(best/B).toFixed(1), 'rss', process.memoryUsage().rss/1e6|0, tf.memory().numTensors);
}
