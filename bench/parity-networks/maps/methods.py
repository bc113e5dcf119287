"""Attention rollout, the relevance of Chefer et al. and LeGrad for timm's vision transformers, written from the papers'
formulas: whole matrices, one image at a time, hooks and torch.autograd.

    with Recorder(model) as recorder:
        rollout(recorder, image), chefer(recorder, image, target), legrad(recorder, image, target)

Each gives one number a patch, in the order of the patches.
"""

import torch


class Recorder:
    """Keeps the attention (behind the softmax) and the output of every block."""

    def __init__(self, model):
        self.model = model
        self.handles = []

    def __enter__(self):
        for block in self.model.blocks:
            block.attn.fused_attn = False
            self.handles.append(block.attn.attn_drop.register_forward_hook(self.attention_hook))
            self.handles.append(block.register_forward_hook(self.block_hook))
        return self

    def __exit__(self, *_):
        for handle in self.handles:
            handle.remove()

    def attention_hook(self, module, inputs, output):
        self.attention.append(output)

    def block_hook(self, module, inputs, output):
        self.tokens.append(output)

    def run(self, image):
        self.attention, self.tokens = [], []
        return self.model(image)

    def end(self, tokens):
        """What the network makes of the tokens behind its last block."""
        return self.model.forward_head(self.model.norm(tokens))


def patches(recorder, tokens):
    return tokens[recorder.model.num_prefix_tokens :]


def read(recorder, matrix):
    """Of a matrix of tokens by tokens, what the network's end sees: the class token's row, or the mean of the patches'."""
    if recorder.model.global_pool == "token":
        return patches(recorder, matrix[0])
    return patches(recorder, patches(recorder, matrix).mean(0))


def rollout(recorder, image):
    with torch.no_grad():
        recorder.run(image)
        joint = None
        for attention in recorder.attention:
            mean = attention[0].mean(0)
            step = (mean + torch.eye(len(mean), dtype=mean.dtype)) / 2
            joint = step if joint is None else step @ joint
        return read(recorder, joint)


def chefer(recorder, image, target):
    score = recorder.run(image)[0, target]
    gradients = torch.autograd.grad(score, recorder.attention)
    count = recorder.attention[0].shape[-1]
    relevance = torch.eye(count, dtype=image.dtype)
    for attention, gradient in zip(recorder.attention, gradients):
        step = (attention[0].detach() * gradient[0]).clamp(min=0).mean(0)
        relevance = relevance + step @ relevance
    return read(recorder, relevance)


def legrad(recorder, image, target):
    recorder.run(image)
    # Scoring runs no block, so that what was recorded stays.
    attention, tokens = recorder.attention, recorder.tokens
    total = 0
    for own, behind in zip(attention, tokens):
        mean = behind.mean(1, keepdim=True).expand_as(behind)
        score = recorder.end(mean)[0, target]
        (gradient,) = torch.autograd.grad(score, own, retain_graph=True)
        total = total + gradient[0].clamp(min=0).mean((0, 1))
    return patches(recorder, total / len(attention))


def shake(model, seed=1):
    """Random weights that matter: norms, tokens, positions and biases as well."""
    torch.manual_seed(seed)
    with torch.no_grad():
        for key, value in model.named_parameters():
            if value.ndim == 1 and key.endswith("weight") or "gamma" in key:
                value.uniform_(0.5, 1.5)
            elif value.ndim == 1:
                value.normal_(0, 0.1)
            elif "token" in key or "pos_embed" in key:
                value.normal_(0, 0.5)
            else:
                value.normal_(0, 1.5 / value[0].numel() ** 0.5)
    return model.eval()
