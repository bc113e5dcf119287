#!/usr/bin/env node
import { cloneFolder } from '../process/command-line.js';
import { outliveReaders } from './closed-streams.js';
import { tell } from './print.js';
import { run } from './run.js';
import { calledFrom, changeFolder } from './working-folder.js';

outliveReaders(process, (message) => {
  tell(`camtune: ${message}`);
  process.exitCode = 1;
});

await run(process.argv.slice(2), () => {
  const folder = calledFrom(process.env, cloneFolder);
  if (folder !== undefined) changeFolder(folder);
});
