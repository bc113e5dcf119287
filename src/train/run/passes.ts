/** Backward pass and update in units of a forward pass, measured on ResNet-50. */
export const BACKWARD = 2.5;
