// Brings a clone to where its commands work: packages by npm, the native runtime by `camtune setup`.
// Plain Node without dependencies: on a fresh clone there is nothing else.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** Arguments of Node that run the command line from the sources. */
export const camtune = ['--import', 'tsx', join(root, 'src', 'cli', 'main.ts')];

/** Runs a program in the clone, with our output and without stdin; gives its exit status. Signals reach it as well. */
export function run(program, args, options = {}) {
  return new Promise((resolve) => {
    const child = spawn(program, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'], ...options });
    // A terminal sends Ctrl-C to the child too; it decides when to stop, and we wait for it.
    const wait = () => undefined;
    const pass = (signal) => child.kill(signal);
    process.on('SIGINT', wait).on('SIGTERM', pass);
    const end = (status) => {
      process.off('SIGINT', wait).off('SIGTERM', pass);
      resolve(status);
    };
    child.on('error', (error) => {
      console.error(`${program}: ${error.message}`);
      end(127);
    });
    child.on('close', (status, signal) => end(status ?? (signal === 'SIGINT' ? 130 : 143)));
  });
}

/** Runs what a command needs first; ends the process where that fails. */
export async function bootstrap() {
  await installPackages();
  await must(process.execPath, [...camtune, 'setup']);
}

/** The packages of package-lock.json; ends the process where they cannot be installed. */
export async function installPackages() {
  requireNode();
  if (isInstalled()) return;
  console.error('npm ci (packages are missing or not those of package-lock.json)');
  await must(...npm('ci'));
}

async function must(program, args) {
  const status = await run(program, args);
  if (status !== 0) process.exit(status);
}

function requireNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return;
  console.error(
    `camtune: expected Node 20.19 or later, found ${process.versions.node}; install Node 20, 22 or 24`,
  );
  process.exit(1);
}

/**
 * Whether node_modules holds what package-lock.json says. npm notes what it has installed when it is done, so that an
 * installation that was killed does not count. Optional packages may be left out: those of other platforms are.
 */
function isInstalled() {
  const installed = packagesOf(join(root, 'node_modules', '.package-lock.json'));
  if (!installed) return false;
  const locked = Object.entries(packagesOf(join(root, 'package-lock.json')) ?? {});
  return locked.every(([path, { version, optional, devOptional, link }]) => {
    const found = installed[path];
    return path === '' || link || (found ? found.version === version : optional || devOptional);
  });
}

function packagesOf(lockfile) {
  try {
    return JSON.parse(readFileSync(lockfile, 'utf8')).packages;
  } catch {
    return undefined;
  }
}

/** The npm that runs us, else the one in PATH. */
function npm(...args) {
  const script = process.env.npm_execpath;
  return script?.endsWith('.js') ? [process.execPath, [script, ...args]] : ['npm', args];
}
