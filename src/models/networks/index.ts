export type { Architecture, BuildOptions, Find, Source } from './architecture.js';
export { recognize, type Recognized } from './recognize.js';
export { architectureNames, architectureOf, architectures, registerArchitecture } from './registry.js';
export { resnet, type ResNetConfig, type ResNetLayout } from './resnet.js';
export { vgg, type VggConfig } from './vgg.js';
