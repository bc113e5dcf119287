import { expect } from 'chai';
import { fuseNodes } from '../../../src/models/onnx/fuse/index.js';
import { attributeType, type OnnxAttribute, type OnnxNode } from '../../../src/models/onnx/messages.js';
import type { Constant, Value } from '../../../src/models/onnx/values.js';

/** `y = Mul(x, half)` as a node. */
function nodeOf(line: string): OnnxNode {
  const [, output, op_type, inputs] = /^(\w+) = (\w+)\((.*)\)$/.exec(line)!;
  const attribute = op_type === 'ReduceMean' ? [lastAxis] : [];
  return { input: inputs!.split(', '), output: [output!], name: output!, op_type: op_type!, domain: '', attribute };
} // prettier-ignore

const lastAxis: OnnxAttribute = {
  name: 'axes', type: attributeType.INTS, ints: [-1], f: 0, i: 0, s: new Uint8Array(), t: null, g: null, floats: [],
  strings: [], ref_attr_name: '',
}; // prettier-ignore

function floats(shape: number[], ...numbers: number[]): Constant {
  return { kind: 'constant', type: 'float', shape, read: () => Float32Array.from(numbers) };
}

const known = new Map<string, Value>([
  ['root', floats([], 1.4142135)],
  ['inverse', floats([], 0.70710678)],
  ['one', floats([1], 1)],
  ['half', floats([], 0.5)],
  ['two', floats([], 2)],
  ['small', floats([], 1e-6)],
  ['gamma', floats([3], 1, 2, 3)],
  ['beta', floats([3], 1, 2, 3)],
]);

function fused(lines: string, output: string): string[] {
  const nodes = lines.trim().split(/\n\s*/).map(nodeOf);
  const none = () => ({ length: 0, read: () => new Uint8Array() });
  return fuseNodes(nodes, known, output, none).map(
    (node) => `${node.output.join()} = ${node.op_type}(${node.input.join(', ')})`,
  );
}

const normalized = `
  m = ReduceMean(x)
  d = Sub(x, m)
  s = Pow(d, two)
  v = ReduceMean(s)
  e = Add(v, small)
  r = Sqrt(e)
  q = Div(d, r)`;

describe('patterns in ONNX graphs', () => {
  it('swish is one node, whichever factor comes first', () => {
    expect(fused('s = Sigmoid(x)\ny = Mul(x, s)', 'y')).to.deep.equal(['y = Swish(x)']);
    expect(fused('s = Sigmoid(x)\ny = Mul(s, x)', 'y')).to.deep.equal(['y = Swish(x)']);
  });

  it('a gate of something else, or one that is needed elsewhere, stays', () => {
    const gate = ['s = Sigmoid(a)', 'y = Mul(x, s)'];
    expect(fused(gate.join('\n'), 'y')).to.deep.equal(gate);
    const shared = ['s = Sigmoid(x)', 'y = Mul(x, s)', 'z = Add(y, s)'];
    expect(fused(shared.join('\n'), 'z')).to.deep.equal(shared);
    expect(fused('s = Sigmoid(x)\ny = Mul(x, s)', 's')).to.have.length(2);
  });

  it('GELU is one node in every order of its factors', () => {
    for (const product of [
      'p = Mul(x, a)\ny = Mul(p, half)',
      'p = Mul(x, half)\ny = Mul(p, a)',
      'p = Mul(a, half)\ny = Mul(x, p)',
    ]) {
      for (const inside of ['i = Div(x, root)', 'i = Mul(inverse, x)'])
        expect(fused(`${inside}\ne = Erf(i)\na = Add(e, one)\n${product}`, 'y')).to.deep.equal([
          'y = Gelu(x)',
        ]);
    }
  });

  it('what is almost GELU stays', () => {
    const lines = (inside: string, half: string) =>
      `${inside}\ne = Erf(i)\na = Add(e, one)\np = Mul(x, a)\ny = Mul(p, ${half})`;
    expect(fused(lines('i = Div(x, two)', 'half'), 'y')).to.have.length(5);
    expect(fused(lines('i = Div(z, root)', 'half'), 'y')).to.have.length(5);
    expect(fused(lines('i = Div(root, x)', 'half'), 'y')).to.have.length(5);
    expect(fused(lines('i = Div(x, root)', 'two'), 'y')).to.have.length(5);
  });

  it('layer norm is one node, with the scale and the offset behind it', () => {
    expect(fused(normalized, 'q')).to.deep.equal(['q = LayerNormalization(x)']);
    const scaled = `${normalized}\ng = Mul(q, gamma)`;
    expect(fused(scaled, 'g')).to.deep.equal(['g = LayerNormalization(x, gamma)']);
    const both = `${scaled}\ny = Add(beta, g)\nz = Relu(y)`;
    expect(fused(both, 'z')).to.deep.equal(['y = LayerNormalization(x, gamma, beta)', 'z = Relu(y)']);
  });

  it('what is almost layer norm stays', () => {
    expect(fused(`${normalized}\nz = Add(q, d)`, 'z')).to.have.length(8);
    expect(fused(normalized.replace('two', 'half'), 'q')).to.have.length(7);
    expect(fused(normalized.replace('Sub(x, m)', 'Sub(m, x)'), 'q')).to.have.length(7);
  });
});
