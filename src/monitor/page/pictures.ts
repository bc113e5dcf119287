import { createHash } from 'node:crypto';
import { fileVersion } from '../../files/version.js';
import { readRegularFile } from '../../files/read-file.js';
import { decodePicture, sharpOf } from '../../report/index.js';

const THUMBNAIL = 160;

/** Thumbnails of picture files, each read once as long as it stays as it is. */
export interface Pictures {
  /** A name that follows from the content of the file. Throws Failure where it cannot be read. */
  idOf(path: string): Promise<string>;
  /** WebP, 160 pixels a side or less; undefined for a name that `idOf` has not given. Throws Failure for no picture. */
  thumbnail(id: string): Promise<Buffer | undefined>;
}

/** Makes thumbnails. */
export function pictures(): Pictures {
  const ids = new Map<string, string>();
  const paths = new Map<string, string>();
  const made = new Map<string, Buffer>();
  return {
    async idOf(path) {
      const version = fileVersion(path);
      const known = ids.get(version);
      if (known) return known;
      const id = createHash('sha256')
        .update(await readRegularFile(path, Infinity))
        .digest('hex')
        .slice(0, 20);
      ids.set(version, id);
      paths.set(id, path);
      return id;
    },
    async thumbnail(id) {
      const path = paths.get(id);
      if (path === undefined) return undefined;
      const known = made.get(id);
      if (known) return known;
      const bytes = await sharpOf(await decodePicture(path))
        .resize(THUMBNAIL, THUMBNAIL, { fit: 'inside', withoutEnlargement: true })
        .webp({ quality: 80 })
        .toBuffer();
      made.set(id, bytes);
      return bytes;
    },
  };
}
