#!/usr/bin/env node
import { CommanderError } from 'commander';
import { exitStatus, sentence } from './errors.js';
import { program } from './program.js';

// stdout carries the result alone: what a library logs belongs beside it.
console.log = console.info = console.debug = console.error;

// Whoever reads us may stop early, as `| head` does: no error of ours.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0);
    throw error;
  });
}

try {
  await program().parseAsync();
} catch (error) {
  // commander has said already what was wrong with the command line.
  if (!(error instanceof CommanderError)) process.stderr.write(`${sentence(error, process.env)}\n`);
  process.exitCode = exitStatus(error);
}
