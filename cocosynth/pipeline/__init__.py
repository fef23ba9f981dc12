"""The story of a build: wires the rooms, decides nothing and computes no pixel."""
