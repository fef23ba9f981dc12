import cv2
import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from cocosynth.core.geometry import corners, quantized, region_of, shifted, translation
from cocosynth.foregrounds.octagon import octagon_of
from cocosynth.foregrounds.warp import warp

seeds = st.integers(0, 2**32 - 1)


def picture(rng, low=2, high=80):
    height, width = rng.integers(low, high, 2)
    pixels = rng.integers(0, 256, (height, width, 4), dtype=np.uint8)
    pixels.flags.writeable = False
    return pixels


def affine(rng, low=0.1, high=3.0):
    angle, scale = rng.uniform(-np.pi, np.pi), rng.uniform(low, high)
    cos, sin = scale * np.cos(angle), scale * np.sin(angle)
    return quantized(np.array([[cos, sin, rng.normal()], [-sin, cos, rng.normal()], [0, 0, 1]]))


def warped_whole(pixels, matrix):
    region = region_of(corners(pixels.shape[:2]), matrix)
    return warp(pixels, matrix, region), region


@given(seeds)
def test_moving_by_whole_pixels_changes_no_pixel(seed):
    rng = np.random.default_rng(seed)
    pixels = picture(rng)
    col, row = (int(n) for n in rng.integers(-50, 700, 2))
    warped, region = warped_whole(pixels, quantized(translation(col, row)))
    assert region == (row, col, row + pixels.shape[0], col + pixels.shape[1])
    assert (warped == pixels).all()


@given(seeds)
def test_a_transform_gives_the_same_pixels_wherever_it_puts_them(seed):
    rng = np.random.default_rng(seed)
    pixels, matrix = picture(rng), affine(rng)
    here, box = warped_whole(pixels, matrix)
    col, row = (int(n) for n in rng.integers(-2000, 2000, 2))
    there, moved = warped_whole(pixels, shifted(matrix, col, row))
    assert moved == box.moved(row, col)
    assert (here == there).all()


@given(seeds)
def test_the_alpha_of_warped_pixels_is_the_warped_alpha(seed):
    rng = np.random.default_rng(seed)
    pixels, matrix = picture(rng), affine(rng)
    alpha = cv2.extractChannel(pixels, 3)
    assert (warped_whole(pixels, matrix)[0][..., 3] == warped_whole(alpha, matrix)[0]).all()


@given(seeds)
def test_a_half_turn_mirrors_both_ways(seed):
    rng = np.random.default_rng(seed)
    pixels = picture(rng)
    height, width = pixels.shape[:2]
    turned, _ = warped_whole(pixels, ((-1, 0, width), (0, -1, height), (0, 0, 1)))
    assert (turned == pixels[::-1, ::-1]).all()


def test_shrinking_averages_and_skips_no_pixel():
    """One bright row among thirty: nearest or bilinear sampling alone would miss or double it."""
    pixels = np.zeros((120, 120), np.uint8)
    pixels[::30] = 240
    small, _ = warped_whole(pixels, ((0.1, 0, 0), (0, 0.1, 0), (0, 0, 1)))
    assert abs(float(small.mean()) - float(pixels.mean())) < 1


def test_a_perspective_bends_as_it_should():
    pixels = np.full((40, 40), 255, np.uint8)
    matrix = ((1, 0, 0), (0, 1, 0), (0, 0.01, 1))
    warped, region = warped_whole(pixels, matrix)
    assert region == region_of(corners((40, 40)), matrix)
    widths = (warped >= 128).sum(axis=1)
    assert widths[0] > widths[-2] > 0  # the far side is narrower


@given(seeds)
def test_the_outline_of_a_mask_holds_all_of_it_once_it_is_warped(seed):
    rng = np.random.default_rng(seed)
    height, width = rng.integers(1, 60, 2)
    alpha = np.zeros((height + 4, width + 4), np.uint8)
    blob = rng.random((height, width)) < rng.uniform(0.01, 1)
    blob[rng.integers(height), rng.integers(width)] = True
    alpha[2:-2, 2:-2] = blob * np.uint8(255)
    matrix = affine(rng)
    whole, region = warped_whole(alpha, matrix)
    inner = region_of(octagon_of(alpha >= 128), matrix)
    rows, cols = np.nonzero(whole >= 128)
    rows, cols = rows + region.top - inner.top, cols + region.left - inner.left
    assert rows.min(initial=0) >= 0
    assert cols.min(initial=0) >= 0
    part = warp(alpha, matrix, inner)[rows, cols]  # fails where one lies outside
    off = np.abs(part.astype(int) - whole[whole >= 128])
    assert off.max(initial=0) <= 2 * 255 / 32 + 1  # OpenCV 4 rounds places to 1/32 of a pixel
