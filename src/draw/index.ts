export { COLORMAPS, colorTable, type Colormap } from './colormap.js';
export { resizeBilinear, unitRange, type HostMap } from './map.js';
export { decodeNpy, encodeNpy, type Npy, type NpyArray } from './npy.js';
export { colorBar, maskPicture, overlay } from './overlay.js';
export { decodePicture, encodePng, fit, type Picture } from './picture.js';
export { sheet, type Sheet } from './sheet.js';
export { ellipsize, textSvg, textWidth } from './text.js';
