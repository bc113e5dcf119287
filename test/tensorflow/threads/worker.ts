// A worker thread that trains and posts its losses.
import { parentPort, workerData } from 'node:worker_threads';
import { trainSmall } from './trainer.js';

parentPort!.postMessage(await trainSmall(workerData as number));
