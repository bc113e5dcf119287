export type { Batch, Crop } from './batch.js';
export { readCocoBoxes, type Box, type BoxedImage, type BoxSet } from './coco.js';
export { readImage, type DecodedImage } from './decode.js';
export { imageFolder, type ImageFolder, type TensorBatch } from './image-folder.js';
export { listImages, matchClasses, type Listing, type ListingOptions } from './listing.js';
export { imageReader, type ImageReader, type ReaderOptions, type ReadSummary } from './reader.js';
export { type ErrorPolicy, type SkippedFile } from './skipped.js';
export { upload } from './upload.js';
export { cropOf, planView, standardView, type Interpolation, type Plan, type Region, type Size, type View } from './view.js';
