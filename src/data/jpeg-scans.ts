/** How many scans the first image in a JPEG file has. */
export function countScans(file: Buffer): number {
  let scans = 0;
  for (let at = 2; at >= 0 && at + 4 <= file.length;) {
    const marker = file[at + 1]!;
    if (file[at] !== 0xff) at = file.indexOf(0xff, at);
    else if (marker === 0xd9) break;
    else if (marker === 0xff) at += 1;
    else if (standsAlone(marker)) at += 2;
    else {
      if (marker === 0xda) scans++;
      at += 2 + file.readUInt16BE(at + 2);
    }
  }
  return scans;
}

/** Markers without a length: a 255 among pixels, restarts, the beginning. */
function standsAlone(marker: number): boolean {
  return marker === 0 || marker === 1 || (marker >= 0xd0 && marker <= 0xd8);
}
