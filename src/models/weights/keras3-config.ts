import { Failure, show } from '../../errors.js';
import { isObject } from '../../text/is-object.js';
import { freeName, noNames, type TakenNames } from '../free-name.js';

type Json = Record<string, unknown>;

/** A network's description as Keras 2 and tfjs have it, and where its weights are. */
export interface Keras2 {
  topology: Json;
  /** Of each weight: its place in Keras 3's file and the name that tfjs gives it. */
  names: [place: string, name: string][];
}

/** The weights of a layer, in Keras's order. */
const weightsOf: Record<string, (config: Json) => string[]> = {
  Conv1D: biased('kernel'),
  Conv2D: biased('kernel'),
  Conv2DTranspose: biased('kernel'),
  Dense: biased('kernel'),
  DepthwiseConv2D: biased('depthwise_kernel'),
  SeparableConv2D: biased('depthwise_kernel', 'pointwise_kernel'),
  BatchNormalization: (config) => [...affine(config), 'moving_mean', 'moving_variance'],
  LayerNormalization: affine,
  PReLU: () => ['alpha'],
};

const withoutWeights = new Set([
  ...['Activation', 'Add', 'AlphaDropout', 'Average', 'AveragePooling2D', 'Concatenate', 'Cropping2D'],
  ...['Dropout', 'ELU', 'Flatten', 'GaussianDropout', 'GaussianNoise', 'GlobalAveragePooling1D'],
  ...['GlobalAveragePooling2D', 'GlobalMaxPooling1D', 'GlobalMaxPooling2D', 'InputLayer', 'LeakyReLU'],
  ...['MaxPooling2D', 'Maximum', 'Minimum', 'Multiply', 'Permute', 'ReLU', 'RepeatVector', 'Rescaling'],
  ...['Reshape', 'Softmax', 'SpatialDropout1D', 'SpatialDropout2D', 'UpSampling2D', 'ZeroPadding2D'],
]);

/** By Keras 3's names; its hard sigmoid is another one than that of Keras 2. */
const activations: Record<string, string> = {
  ...{ elu: 'elu', gelu: 'gelu', linear: 'linear', log_softmax: 'logSoftmax', mish: 'mish', relu: 'relu' },
  ...{ relu6: 'relu6', selu: 'selu', sigmoid: 'sigmoid', silu: 'swish', softmax: 'softmax', swish: 'swish' },
  ...{ softplus: 'softplus', softsign: 'softsign', tanh: 'tanh' },
};

/** Settings that would be passed over, and what each has to be. */
const fixed: Record<string, [setting: string, wanted: unknown][]> = {
  Conv2D: [['groups', 1]],
  DepthwiseConv2D: [['dilation_rate', [1, 1]]],
  LayerNormalization: [['rms_scaling', false]],
  ReLU: [
    ['negative_slope', 0],
    ['threshold', 0],
  ],
};

const deepest = 20;

function biased(...kernels: string[]) {
  return ({ use_bias }: Json) => [...kernels, ...(use_bias === false ? [] : ['bias'])];
}

function affine({ scale, center }: Json): string[] {
  return [...(scale === false ? [] : ['gamma']), ...(center === false ? [] : ['beta'])];
}

/**
 * Turns the description of a network that Keras 3 wrote into that of Keras 2.
 *
 * @param path for messages
 * @throws Failure that lists all layers which are not read; Failure where the description is malformed
 */
export function toKeras2(config: Json, path: string): Keras2 {
  const unknown = new Map<string, string>();
  const names: Keras2['names'] = [];
  const taken = noNames();
  const context = { path, unknown, names, taken };
  if (!isModel(config)) throw malformed(path, 'it is no Functional or Sequential model');
  const topology = model(config, '', 0, context);
  if (unknown.size > 0) {
    const list = [...unknown].slice(0, 10).map(([kind, why]) => `${kind} ${why}`);
    throw new Failure(
      `${path}: has layers of Keras 3 that are not read: ${list.join('; ')}; export the model as ONNX (model.export(PATH, format="onnx")) and give that`,
    );
  }
  return { topology, names };
}

interface Context {
  path: string;
  unknown: Map<string, string>;
  names: Keras2['names'];
  taken: TakenNames;
}

function malformed(path: string, what: string): Failure {
  return new Failure(`${path}: its description of the network is malformed: ${what}`);
}

function isModel({ class_name: kind }: Json): boolean {
  return kind === 'Functional' || kind === 'Sequential' || kind === 'Model';
}

/** @param place of the model's weights, '' or 'layers/NAME/' */
function model(given: Json, place: string, depth: number, context: Context): Json {
  const { path } = context;
  const config = isObject(given['config']) ? given['config'] : {};
  const list = config['layers'];
  if (!Array.isArray(list) || depth > deepest) throw malformed(path, 'a model has no list of layers');
  const counts = new Map<string, number>();
  const renamed = new Map<string, string>();
  const replaced = new Map<string, string>();
  const models = new Set<string>();
  const layers: Json[] = [];
  for (const each of list as unknown[]) {
    if (!isObject(each) || typeof each['class_name'] !== 'string' || !isObject(each['config']))
      throw malformed(path, 'a layer is no object of a class');
    const kind = each['class_name'];
    const own = each['config']['name'] ?? each['name'];
    if (typeof own !== 'string') throw malformed(path, 'a layer has no name');
    const snake = snakeCase(kind);
    const count = counts.get(snake) ?? 0;
    counts.set(snake, count + 1);
    const inside = `${place}layers/${count === 0 ? snake : `${snake}_${count}`}/`;
    const outer = `${String(config['name'])}_${own}`;
    const name = freeName(context.taken, own, (count) => (count === 1 ? outer : `${outer}_${count}`));
    renamed.set(own, name);
    const inbound = each['inbound_nodes'];
    if (isModel(each)) {
      models.add(own);
      const { config: nested, ...rest } = model(each, inside, depth + 1, context);
      layers.push({ ...rest, name, config: { ...(nested as Json), name }, inbound_nodes: inbound });
      continue;
    }
    const made = layer(kind, { ...each['config'], name }, context);
    layers.push({ ...made, name, inbound_nodes: inbound });
    weightsOf[kind]?.(each['config']).forEach((weight, index) => {
      context.names.push([`${inside}vars/${index}`, `${name}/${weight}`]);
    });
    // tfjs drops the axes that keepdims keeps.
    if (/^Global(Average|Max)Pooling2D$/.test(kind) && each['config']['keepdims'] === true) {
      const kept = freeName(context.taken, `${name}_keepdims`);
      replaced.set(own, kept);
      const channels = channelsOf(inbound);
      if (channels === undefined) context.unknown.set(kind, `with keepdims in a Sequential ('${name}')`);
      const reshape = { name: kept, target_shape: [1, 1, channels ?? 1] };
      const from = Array.isArray(inbound) ? inbound.map((_, index) => [[name, index, 0, {}]]) : undefined;
      layers.push({ class_name: 'Reshape', name: kept, config: reshape, done: true, inbound_nodes: from });
    }
  }
  const refer = (history: unknown): [string, number, number, object] => {
    const [from, node, tensor] = Array.isArray(history) ? (history as unknown[]) : [];
    const name = typeof from === 'string' ? (replaced.get(from) ?? renamed.get(from)) : undefined;
    if (name === undefined || typeof node !== 'number' || typeof tensor !== 'number')
      throw malformed(path, 'a layer takes what no layer gives');
    // A model within a model has been called once by being made.
    return [name, node + (models.has(from as string) ? 1 : 0), tensor, {}];
  };
  const isSequential = given['class_name'] === 'Sequential';
  const wired = layers.map(({ done, inbound_nodes: inbound, ...rest }) => {
    if (isSequential) return rest;
    if (done) return { ...rest, inbound_nodes: inbound };
    const nodes = Array.isArray(inbound) ? (inbound as unknown[]) : [];
    return { ...rest, inbound_nodes: nodes.map((node) => tensorsOf(node, rest['name'], path).map(refer)) };
  });
  const ends = (key: string) => {
    const value = config[key];
    const all = Array.isArray(value) && typeof value[0] === 'string' ? [value] : value;
    if (!Array.isArray(all)) throw malformed(path, `it has no ${key}`);
    return all.map((end: unknown) => refer(end).slice(0, 3));
  };
  return {
    class_name: isSequential ? 'Sequential' : 'Model',
    config: {
      name: config['name'],
      layers: wired,
      ...(!isSequential && { input_layers: ends('input_layers'), output_layers: ends('output_layers') }),
    },
  };
}

/** One layer with the settings of Keras 2; what is not read is noted. */
function layer(kind: string, config: Json, { unknown }: Context): Json {
  const name = String(config['name']);
  if (/^Random[A-Z]\w+$/.test(kind)) return plain('Activation', { name, activation: 'linear' });
  if (!weightsOf[kind] && !withoutWeights.has(kind)) unknown.set(kind, `('${name}')`);
  for (const [setting, wanted] of fixed[kind] ?? []) {
    const found = config[setting];
    if (found === undefined || JSON.stringify(found) === JSON.stringify(wanted)) continue;
    unknown.set(kind, `with ${setting} ${show(found)} ('${name}')`);
  }
  const kept: Json = {};
  for (const [key, value] of Object.entries(config)) {
    if (/^dtype$|_(regularizer|constraint|initializer)$/.test(key)) continue;
    kept[key === 'batch_shape' ? 'batch_input_shape' : key] = value;
  }
  if (kind === 'LeakyReLU') kept['alpha'] = config['negative_slope'];
  if (!('activation' in config)) return plain(kind, kept);
  const { activation } = config;
  if (kind === 'Activation' && activation === 'hard_sigmoid') return plain('HardSigmoidOf6', { name });
  if (kind === 'Activation' && /^hard_(silu|swish)$/.test(String(activation)))
    return plain('HardSwish', { name });
  const known = typeof activation === 'string' && Object.hasOwn(activations, activation);
  if (!known) unknown.set(kind, `with the activation ${show(activation)} ('${name}')`);
  return plain(kind, { ...kept, activation: known ? activations[activation] : 'linear' });
}

function plain(kind: string, config: Json): Json {
  return { class_name: kind, config };
}

/** The last size of what a layer is called with first. */
function channelsOf(inbound: unknown): number | undefined {
  const [node] = Array.isArray(inbound) ? (inbound as unknown[]) : [];
  const [first] = isObject(node) && Array.isArray(node['args']) ? (node['args'] as unknown[]) : [];
  const tensor = isObject(first) && isObject(first['config']) ? first['config'] : {};
  const size: unknown = Array.isArray(tensor['shape']) ? tensor['shape'].at(-1) : undefined;
  return typeof size === 'number' ? size : undefined;
}

/** Where the inputs of one call come from. */
function tensorsOf(node: unknown, name: unknown, path: string): unknown[] {
  const { args, kwargs } = isObject(node) ? node : {};
  const refuse = () => malformed(path, `layer '${String(name)}' is called with something else than values`);
  if (!Array.isArray(args)) throw refuse();
  const more = Object.values(isObject(kwargs) ? kwargs : {});
  if (more.some((value) => isObject(value) || Array.isArray(value))) throw refuse();
  return args.flat(1).map((value: unknown) => {
    const tensor =
      isObject(value) && value['class_name'] === '__keras_tensor__' ? value['config'] : undefined;
    if (!isObject(tensor)) throw refuse();
    return tensor['keras_history'];
  });
}

/** As Keras calls the layers of a kind: Conv2D is conv2d, BatchNormalization batch_normalization, ReLU re_lu. */
function snakeCase(kind: string): string {
  return kind
    .replace(/\W+/g, '')
    .replace(/(.)([A-Z][a-z]+)/g, '$1_$2')
    .replace(/([a-z])([A-Z])/g, '$1_$2')
    .toLowerCase();
}
