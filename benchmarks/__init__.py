"""Speed and memory, as ratios measured side by side in one run; docs/benchmarks.md explains."""
