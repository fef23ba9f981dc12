"""A box of pixels."""

from __future__ import annotations

from typing import NamedTuple

Size = tuple[int, int]  # (height, width)


class Box(NamedTuple):
    """A half-open box of pixels: rows top to bottom - 1, columns left to right - 1."""

    top: int
    left: int
    bottom: int
    right: int

    @property
    def size(self) -> Size:
        return self.bottom - self.top, self.right - self.left

    @property
    def centre(self) -> tuple[int, int]:
        """Row and column of the pixel in the middle."""
        return (self.top + self.bottom) // 2, (self.left + self.right) // 2

    @property
    def slices(self) -> tuple[slice, slice]:
        return slice(self.top, self.bottom), slice(self.left, self.right)

    def clipped(self, size: Size) -> Box:
        """Return the part of the box inside an image of this size; it may be empty."""
        height, width = size
        top, left = min(max(self.top, 0), height), min(max(self.left, 0), width)
        return Box(top, left, max(top, min(self.bottom, height)), max(left, min(self.right, width)))

    def shrunk(self, margin: int) -> Box:
        """Return the box without a margin at each side."""
        return Box(self.top + margin, self.left + margin, self.bottom - margin, self.right - margin)

    def meets(self, other: Box) -> bool:
        """Say whether two boxes have a pixel in common."""
        rows = self.top < other.bottom and other.top < self.bottom
        return rows and self.left < other.right and other.left < self.right

    def moved(self, rows: int, cols: int) -> Box:
        return Box(self.top + rows, self.left + cols, self.bottom + rows, self.right + cols)
