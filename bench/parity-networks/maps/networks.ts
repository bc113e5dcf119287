/** A vision transformer of timm, and the files of it that camtune reads. */
export interface MapCase {
  label: string;
  name: string;
  /** Arguments of timm.create_model. */
  options: Record<string, unknown>;
  files: ('model.safetensors' | 'model.onnx')[];
}

const both: MapCase['files'] = ['model.safetensors', 'model.onnx'];

export const networks: readonly MapCase[] = [
  // camtune builds square ones alone.
  {
    label: 'ViT-Ti/16, 48 × 80 px',
    name: 'vit_tiny_patch16_224',
    options: { img_size: [48, 80] },
    files: ['model.onnx'],
  },
  {
    label: 'DINOv2-S/14 with registers, 56 px',
    name: 'vit_small_patch14_reg4_dinov2',
    options: { img_size: 56 },
    files: both,
  },
  {
    label: 'ViT-Ti/16 that averages its patches, 64 px',
    name: 'vit_tiny_patch16_224',
    options: { img_size: 64, global_pool: 'avg', class_token: false, fc_norm: false },
    files: ['model.onnx'],
  },
  { label: 'DeiT-Ti/16, 64 px', name: 'deit_tiny_patch16_224', options: { img_size: 64 }, files: both },
  { label: 'ViT-Ti/16, 224 px', name: 'vit_tiny_patch16_224', options: {}, files: both },
];
