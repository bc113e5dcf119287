import type { NameRule } from '../weights/index.js';

/** timm's names of vision transformers, and those of DINOv2's own release. */
export const timmVitNames: NameRule[] = [
  ['token', 'cls_token'],
  ['registers', 'reg_token'],
  ['position', 'pos_embed'],
  ['patch.{w}', 'patch_embed.proj.{w}'],
  ['blocks.{i}.scale1', 'blocks.{i}.ls1.gamma'],
  ['blocks.{i}.scale2', 'blocks.{i}.ls2.gamma'],
  ['blocks.{i}.fc1.{w}', 'blocks.{i}.mlp.fc1.{w}'],
  ['blocks.{i}.fc2.{w}', 'blocks.{i}.mlp.fc2.{w}'],
];

export const dinoNames: NameRule[] = [['registers', 'register_tokens'], ...timmVitNames];

export const torchvisionVitNames: NameRule[] = [
  ['token', 'class_token'],
  ['position', 'encoder.pos_embedding'],
  ['patch.{w}', 'conv_proj.{w}'],
  ['blocks.{i}.norm1.{w}', 'encoder.layers.encoder_layer_{i}.ln_1.{w}'],
  ['blocks.{i}.attn.qkv.{w}', 'encoder.layers.encoder_layer_{i}.self_attention.in_proj_{w}'],
  ['blocks.{i}.attn.proj.{w}', 'encoder.layers.encoder_layer_{i}.self_attention.out_proj.{w}'],
  ['blocks.{i}.norm2.{w}', 'encoder.layers.encoder_layer_{i}.ln_2.{w}'],
  ['blocks.{i}.fc1.{w}', 'encoder.layers.encoder_layer_{i}.mlp.0.{w}'],
  ['blocks.{i}.fc2.{w}', 'encoder.layers.encoder_layer_{i}.mlp.3.{w}'],
  ['norm.{w}', 'encoder.ln.{w}'],
  ['head.{w}', 'heads.head.{w}'],
];

/** Hugging Face's names of ViT and DeiT; queries, keys and values are tensors of their own there. */
export function huggingFaceVitNames(prefix: 'vit' | 'deit'): NameRule[] {
  const layer = `${prefix}.encoder.layer.{i}`;
  return [
    ...huggingFaceEmbeddings(prefix, 'distillation_token'),
    ...huggingFaceAttention(layer),
    ['blocks.{i}.norm1.{w}', `${layer}.layernorm_before.{w}`],
    ['blocks.{i}.norm2.{w}', `${layer}.layernorm_after.{w}`],
    ['blocks.{i}.fc1.{w}', `${layer}.intermediate.dense.{w}`],
    ['blocks.{i}.fc2.{w}', `${layer}.output.dense.{w}`],
  ];
}

export function huggingFaceDinoNames(prefix: 'dinov2' | 'dinov2_with_registers'): NameRule[] {
  const layer = `${prefix}.encoder.layer.{i}`;
  return [
    ...huggingFaceEmbeddings(prefix, 'register_tokens'),
    ...huggingFaceAttention(layer),
    ['blocks.{i}.scale1', `${layer}.layer_scale1.lambda1`],
    ['blocks.{i}.scale2', `${layer}.layer_scale2.lambda1`],
    ['blocks.{i}.fc{n}.{w}', `${layer}.mlp.fc{n}.{w}`],
    ['blocks.{i}.norm{n}.{w}', `${layer}.norm{n}.{w}`],
  ];
}

function huggingFaceEmbeddings(prefix: string, registers: string): NameRule[] {
  return [
    ['token', `${prefix}.embeddings.cls_token`],
    ['registers', `${prefix}.embeddings.${registers}`],
    ['position', `${prefix}.embeddings.position_embeddings`],
    ['patch.{w}', `${prefix}.embeddings.patch_embeddings.projection.{w}`],
    ['norm.{w}', `${prefix}.layernorm.{w}`],
    ['head.{w}', 'classifier.{w}'],
  ];
}

function huggingFaceAttention(layer: string): NameRule[] {
  const parts = ['query', 'key', 'value'].map((part) => `${layer}.attention.attention.${part}.{w}`);
  return [
    ['blocks.{i}.attn.qkv.{w}', parts],
    ['blocks.{i}.attn.proj.{w}', `${layer}.attention.output.dense.{w}`],
  ];
}
