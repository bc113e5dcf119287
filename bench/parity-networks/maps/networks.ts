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
  { label: 'ViT-Ti/16', name: 'vit_tiny_patch16_224', options: {}, files: both },
  { label: 'DeiT-Ti/16', name: 'deit_tiny_patch16_224', options: {}, files: both },
  {
    label: 'DINOv2-S/14 with registers, 112 px',
    name: 'vit_small_patch14_reg4_dinov2',
    options: { img_size: 112 },
    files: both,
  },
  // camtune builds square ones alone.
  {
    label: 'ViT-Ti/16, 96 × 160 px',
    name: 'vit_tiny_patch16_224',
    options: { img_size: [96, 160] },
    files: ['model.onnx'],
  },
  {
    label: 'ViT-Ti/16 that averages its patches, 112 px',
    name: 'vit_tiny_patch16_224',
    options: { img_size: 112, global_pool: 'avg', class_token: false, fc_norm: false },
    files: ['model.onnx'],
  },
];
