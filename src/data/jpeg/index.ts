export { jpegDecoder, type JpegDecoder, type JpegPart, type JpegPlan, type KnownJpeg } from './decoder.js';
export { hasJpegDecoder, jpegDecoderPath, jpegSources, turboJpegPath } from './paths.js';
