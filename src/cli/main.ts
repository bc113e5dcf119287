#!/usr/bin/env node
import { exitStatus, sentence } from './errors.js';
import { program } from './program.js';

try {
  await program(process.argv.slice(2)).parseAsync();
} catch (error) {
  process.stderr.write(`${sentence(error, process.env)}\n`);
  process.exitCode = exitStatus(error);
}
