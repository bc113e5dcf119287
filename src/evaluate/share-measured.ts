/**
 * Ends the evaluation of a share, where several processes measure: its results are kept, and the whole alone has a
 * table.
 */
export class ShareMeasured extends Error {
  constructor() {
    super('this share of the images is measured');
  }
}
