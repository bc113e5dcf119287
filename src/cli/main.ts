#!/usr/bin/env node
import { cloneFolder } from '../command-line.js';
import { outliveReaders } from './closed-streams.js';
import { exitStatus, sentence } from './errors.js';
import { tell } from './print.js';
import { program } from './program.js';
import { calledFrom, standIn } from './working-folder.js';

outliveReaders(process, (message) => {
  tell(`camtune: ${message}`);
  process.exitCode = 1;
});

try {
  const folder = calledFrom(process.env, cloneFolder);
  if (folder !== undefined) standIn(folder);
  await program(process.argv.slice(2)).parseAsync();
} catch (error) {
  tell(sentence(error, process.env));
  process.exitCode = exitStatus(error);
}
