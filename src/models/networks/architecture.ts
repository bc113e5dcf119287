import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { Preprocessing } from '../classifier/index.js';
import type { NameRule } from '../weights/index.js';

/** How a network is built, beside its sizes. */
export interface BuildOptions {
  /** Number of outputs (logits), from 1. */
  classes: number;
  /** Side of the image, pixels; null: any, where the network takes that. Default: as the network was made for. */
  inputSize?: number | null;
  /** Of the initialization; default 0. */
  seed?: number;
  /** 'zeros' where weights are read afterwards: random numbers by the million take their time. Default 'random'. */
  initial?: 'random' | 'zeros';
}

/** Where weights come from: how their tensors are called, and what they expect. */
export interface Source<Config> {
  /** 'torchvision', 'timm', 'Hugging Face'. */
  name: string;
  /** Our names of weights to theirs; a name without a rule is the same. */
  names: readonly NameRule[];
  /** A name that every file of the source has, where the others' names are not enough. */
  mark?: RegExp;
  /** Tensors beside the weights, which nothing needs. */
  ignored?: RegExp;
  /** What their networks have that no tensor shows. */
  settings?: Partial<Config>;
  /**
   * Sizes that a config.json beside the weights says and no tensor shows.
   *
   * @throws Failure where the network is one that camtune does not build
   */
  configure?(json: Record<string, unknown>): Partial<Config>;
  /** How images are prepared, where nothing beside the weights says so. */
  preprocessing: Preprocessing;
}

/** The shape of a tensor by our name of it, undefined where it is not in the file. */
export type Find = (name: string) => readonly number[] | undefined;

/** A family of networks that camtune builds, and how weights of others are found in files. */
export interface Architecture<Config extends object = object> {
  name: string;
  /** Networks of the family by their usual names. */
  variants: Readonly<Record<string, Config>>;
  sources: readonly Source<Config>[];
  /** A small network with all kinds of names, which messages compare files with; default: the first variant. */
  example?: Config;
  /** Whether a network takes images of one size alone. */
  fixedSize?: true;
  /** Our name of the last layer: weights may come without it. */
  head: string;
  /** Reads sizes from the shapes of a file's tensors; undefined where they are not of this family. */
  configure(find: Find): Config | undefined;
  /**
   * Builds a network. Its layers have our names, with '_' for '.'.
   *
   * @throws InvalidInput
   */
  build(config: Config, options: BuildOptions): LayersModel;
}
