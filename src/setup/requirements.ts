import { type Flavour, TENSORFLOW_VERSION } from '../tensorflow/native/index.js';

/**
 * What pip is asked for to get TensorFlow alone. The build without CUDA has a package of its own on x64; on arm64 the
 * plain package has no CUDA.
 */
export function tensorflowRequirement(flavour: Flavour, arch: string): string {
  const name = flavour === 'cpu' && arch === 'x64' ? 'tensorflow-cpu' : 'tensorflow';
  return `${name}==${TENSORFLOW_VERSION}`;
}

/**
 * NVIDIA's wheels that a TensorFlow wheel names in its extra `and-cuda`, as pip takes them.
 *
 * @param metadata content of the wheel's METADATA, with lines as
 *   `Requires-Dist: nvidia-cublas-cu12<13.0,>=12.5.3.2; extra == "and-cuda"`
 */
export function cudaRequirements(metadata: string): string[] {
  return metadata.split('\n').flatMap((line) => {
    const found = /^Requires-Dist:\s*([^;]+);.*\bextra == ["']and-cuda["']/.exec(line.trim());
    return found ? [found[1]!.replace(/[\s()]/g, '')] : [];
  });
}
