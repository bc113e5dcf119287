"""Times a step as `camtune bench` does; prints one JSON document."""

import json
import resource
import time


def report(what, images, repeats, step, **setting):
    """Two calls to warm up, then the best of `repeats`; `images` go through one call."""
    times, cpu_times = [], []
    for _ in range(repeats + 2):
        started, before = time.perf_counter(), time.process_time()
        step()
        times.append((time.perf_counter() - started) * 1000)
        cpu_times.append((time.process_time() - before) * 1000)
    best = min(times[2:]) / images
    document = {
        "what": what,
        "msPerImage": best,
        "cpuMsPerImage": min(cpu_times[2:]) / images,
        "imagesPerSecond": 1000 / best,
        "firstCallMs": times[0],
        "peakMemoryMB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }
    print(json.dumps({**document, **setting}))
