/** Names of the color maps. turbo and viridis are perceptual; jet is what the older papers show. */
export const COLORMAPS = ['turbo', 'viridis', 'jet'] as const;
export type Colormap = (typeof COLORMAPS)[number];

/**
 * Colors at evenly spaced values from 0 to 1; linear in between. turbo and viridis: every eighth color of the
 * published tables, which this reproduces to 2/255.
 *
 * turbo: A. Mikhailov, "Turbo, An Improved Rainbow Colormap for Visualization" (Google AI Blog, 2019).
 * viridis: S. van der Walt and N. Smith for matplotlib (2015, CC0).
 * jet: MATLAB's, three trapezoids.
 */
const COLORS: Record<Colormap, string> = {
  turbo: `30123b 392a73 4040a1 4456c7 466be3 467ff6 4293ff 37a7fa 29bbec 1dcdd8 18dcc3 1ee8b0 31f299 4cf97e 6bfd64
    8aff4d a3fd3c b8f735 cced34 dee037 edd03a f8c03a fdae35 fe982c fb8022 f56817 ec520f e04009 d23105 c02302 ac1701
    950d01 7a0403`,
  viridis: `440154 470d60 48186a 482374 472d7b 453681 424086 3f4989 3b528b 375a8d 33638d 2f6a8e 2c728e 297a8e 26818e
    23898e 21908c 1f988b 1f9f88 21a685 28ae80 31b57b 3ebc74 4cc26c 5dc963 6ece58 82d34c 96d83f abdc32 c0df24 d5e21a
    eae51a fde725`,
  jet: '000080 0000ff 0080ff 00ffff 80ff80 ffff00 ff8000 ff0000 800000',
};

/** The 256 colors of a color map as bytes [256, 3], from value 0 to value 1. */
export function colorTable(name: Colormap): Uint8Array {
  const knots = COLORS[name].split(/\s+/).map((hex) => Buffer.from(hex, 'hex'));
  const table = new Uint8Array(256 * 3);
  for (let level = 0; level < 256; level++) {
    const position = (level / 255) * (knots.length - 1);
    const knot = Math.min(knots.length - 2, Math.floor(position));
    for (let channel = 0; channel < 3; channel++) {
      const from = knots[knot]![channel]!;
      const to = knots[knot + 1]![channel]!;
      table[level * 3 + channel] = Math.round(from + (to - from) * (position - knot));
    }
  }
  return table;
}
