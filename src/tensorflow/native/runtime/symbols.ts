/** Symbolic ids lie below every id of the addon and below its "not uploaded" (−1). */
let next = -2;

/** An id that stands for a value of a trace. No two traces share one: a symbol kept from another is recognized. */
export function newSymbol(): number {
  return next--;
}

/** Whether the id of a tensor stands for a value of a trace: the tensor itself holds none. */
export function isSymbol(id: number): boolean {
  return id < -1;
}
