import { Failure } from '../errors.js';
import { run } from './command.js';

/** A program that setup may need. */
export interface Tool {
  name: string;
  /** What is run, with $PYTHON and $CXX respected. */
  command: string;
  /** The version, or undefined where the tool is missing. */
  version?: string;
  /** What installs it. */
  fix: string;
}

/** Python 3 with pip: fetches and unpacks TensorFlow's wheel. */
export async function findPip(): Promise<Tool> {
  const tool = { name: 'python3 with pip', fix: installation('python3 python3-pip', 'python3-pip') };
  const candidates = process.env['PYTHON'] ? [process.env['PYTHON']] : ['python3', 'python'];
  for (const command of candidates) {
    const { status, stdout } = await run(command, ['-m', 'pip', '--version']);
    // "pip 23.2.1 from /usr/lib/python3/dist-packages/pip (python 3.11)"
    const found = /^pip (\S+) .*\(python (3\.\d+)\)/.exec(stdout.trim());
    if (status === 0 && found) return { ...tool, command, version: `Python ${found[2]}, pip ${found[1]}` };
  }
  return { ...tool, command: candidates[0]! };
}

/** A C++17 compiler: compiles the addon and the engine. */
export async function findCompiler(): Promise<Tool> {
  const command = process.env['CXX'] || 'g++';
  const { status, stdout } = await run(command, ['--version']);
  const tool = { name: 'g++', command, fix: installation('g++', 'gcc-c++') };
  return status === 0 ? { ...tool, version: stdout.split('\n')[0]!.trim() } : tool;
}

/**
 * @throws Failure that names every missing tool and what installs it
 */
export function requireTools(tools: readonly Tool[]): void {
  const missing = tools.filter(({ version }) => version === undefined);
  if (missing.length === 0) return;
  const list = missing.map(({ name, command, fix }) => `${name} (tried ${command}; ${fix})`);
  throw new Failure(
    `setup: expected ${tools.map(({ name }) => name).join(' and ')}, did not find ${list.join(', nor ')}`,
  );
}

function installation(debian: string, fedora: string): string {
  return `apt-get install -y ${debian}, or dnf install -y ${fedora}`;
}
