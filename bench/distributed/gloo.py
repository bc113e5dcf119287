"""One rank of PyTorch's gloo: gloo.py RANK SIZE PORT TENSORS ELEMENTS ROUNDS; prints its times in milliseconds as JSON."""

import json
import os
import sys
import time

import torch
import torch.distributed as dist

rank, size, port, count, elements, rounds = map(int, sys.argv[1:])
os.environ.setdefault("GLOO_SOCKET_IFNAME", "lo")
torch.set_num_threads(1)
dist.init_process_group("gloo", f"tcp://127.0.0.1:{port}", rank=rank, world_size=size)
tensors = [torch.full((elements,), float(rank + 1)) for _ in range(count)]
times, processor = [], []
for _ in range(rounds + 1):
    dist.barrier()
    began, worked = time.perf_counter(), time.process_time()
    for work in [dist.all_reduce(tensor, async_op=True) for tensor in tensors]:
        work.wait()
    for tensor in tensors:
        tensor.div_(size)
    times.append((time.perf_counter() - began) * 1e3)
    processor.append((time.process_time() - worked) * 1e3)
print(json.dumps({"times": times[1:], "processor": processor[1:], "value": float(tensors[0][0])}))
dist.destroy_process_group()
