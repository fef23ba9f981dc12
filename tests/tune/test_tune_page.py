"""Tuning in a real browser, as a person does it."""

import re

import cv2
import numpy as np
import pytest
from small_builds import write_backgrounds, write_config, write_cutouts
from tune_pages import browser, tuning

from cocosynth.coco.layout import Layout
from cocosynth.config.file import load_config
from cocosynth.pipeline.build import build

pytestmark = pytest.mark.slow

BRIGHTNESS = '[data-address="finish[0].brightness.factor_range"]'
FACTOR = f"{BRIGHTNESS} input.number"
_PIXELS = """image => {
    const canvas = new OffscreenCanvas(image.naturalWidth, image.naturalHeight).getContext("2d");
    canvas.drawImage(image, 0, 0);
    return Array.from(canvas.getImageData(0, 0, image.naturalWidth, image.naturalHeight).data);
}"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("page")
    write_cutouts(folder / "cutouts", names=("disk", "ring"))
    (folder / "cutouts" / "ring").rename(folder / "cutouts" / "<b>ring")
    write_backgrounds(folder / "backgrounds")
    return folder


@pytest.fixture(scope="module")
def chromium():
    with browser() as started:
        yield started


@pytest.fixture(scope="module")
def address(folder):
    write_config(folder, finish=[{"brightness": {"factor_range": [1, 1]}}])
    with tuning(folder) as (_, address):
        yield address


@pytest.fixture
def page(chromium, address):
    """Open the page; it must say nothing in the console."""
    said = []
    page = chromium.new_page(viewport={"width": 1280, "height": 800})
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto(address)
    page.wait_for_selector("body[data-done]")
    page.wait_for_selector(".scene img >> nth=5")
    yield page
    page.close()
    assert not said


def done(page, act):
    """Do something, and wait until all scenes are composed after it."""
    number = int(page.locator("body").get_attribute("data-done"))
    act()
    for _ in range(200):
        if int(page.locator("body").get_attribute("data-done")) > number:
            break
        page.wait_for_timeout(50)
    else:
        raise AssertionError(page.locator("#fault").inner_text() or "nothing was composed")
    page.wait_for_timeout(150)


def labels(page):
    return [image.get_attribute("data-labels") for image in page.locator(".scene img").all()]


def pixels(page):
    return [image.screenshot() for image in page.locator(".scene img").all()[:3]]


def open_step(page, address):
    if not page.locator(f'[data-address="{address}"]').is_visible():
        page.locator(f"#group-{re.match('[a-z]+', address)[0]} > summary").click()
    page.locator(f'[data-address="{address}"] > details > summary').click()


def test_a_slider_changes_pixels_and_no_label_and_undo_brings_them_back(page):
    open_step(page, "finish[0]")
    before, names = pixels(page), labels(page)
    slider = page.locator("#group-finish").get_by_label("factor range, from, slider")
    done(page, lambda: slider.press("Shift+ArrowLeft"))
    assert float(page.locator(FACTOR).first.input_value()) == 0
    assert labels(page) == names
    assert all(one != other for one, other in zip(pixels(page), before, strict=True))
    assert "labels as in the file" in page.locator("#status").inner_text()
    done(page, lambda: page.locator("#undo").click())
    assert pixels(page) == before
    assert page.locator("#undo").is_disabled()
    done(page, lambda: page.locator("#redo").click())
    assert pixels(page) != before


def test_a_drag_is_one_step_of_undo(page):
    open_step(page, "finish[0]")
    track = page.locator(f"{BRIGHTNESS} .track")
    track.scroll_into_view_if_needed()
    box = track.bounding_box()
    middle = box["y"] + box["height"] / 2

    def drag():
        page.mouse.move(box["x"] + box["width"] * 0.5, middle)
        page.mouse.down()
        for share in (0.52, 0.56, 0.6, 0.66):
            page.mouse.move(box["x"] + box["width"] * share, middle)
            page.wait_for_timeout(60)
        page.mouse.up()

    done(page, drag)
    assert float(page.locator(FACTOR).last.input_value()) > 1.5
    done(page, lambda: page.locator("#undo").click())
    assert float(page.locator(FACTOR).last.input_value()) == 1
    assert page.locator("#undo").is_disabled()


def test_a_key_held_shows_the_pictures_of_the_file(page):
    before = pixels(page)
    open_step(page, "finish[0]")
    done(page, lambda: page.locator(FACTOR).first.fill("0.2"))
    after = pixels(page)
    page.wait_for_timeout(600)
    page.locator("#status").click()
    page.keyboard.down("b")
    page.wait_for_timeout(200)
    held = [labels(page), page.locator("body").get_attribute("class")]
    page.mouse.move(0, 0)
    shown = [image.evaluate("i => i.src") for image in page.locator(".scene img").all()]
    page.keyboard.up("b")
    page.wait_for_timeout(200)
    now = [image.evaluate("i => i.src") for image in page.locator(".scene img").all()]
    assert "is-before" in held[1]
    assert not set(shown) & set(now)
    assert after != before


def test_steps_are_added_moved_and_removed_by_keyboard(page):
    add = page.get_by_label("Add to augment", exact=True)
    done(page, lambda: add.select_option("rotate"))
    rows = page.locator('[data-address="augment"] .step strong')
    assert rows.all_inner_texts() == ["flip", "rotate", "scale", "rotate"]
    done(page, lambda: page.get_by_label("Move scale up").press("Enter"))
    assert rows.all_inner_texts() == ["flip", "scale", "rotate", "rotate"]
    done(page, lambda: page.get_by_label("Remove flip").press("Enter"))
    assert rows.all_inner_texts() == ["scale", "rotate", "rotate"]
    assert "labels differ" in page.locator("#status").inner_text()


def test_an_error_is_shown_where_it_stands(page):
    open_step(page, "augment[1]")
    number = page.locator('[data-address="augment[1].rotate.p"] input.number')
    number.fill("3")
    wrong = page.locator('[data-address="augment[1].rotate.p"] .wrong')
    wrong.wait_for(state="visible")
    assert "p must lie in [0, 1]" in wrong.inner_text()
    assert "augment[1].rotate.p" in page.locator("#fault").inner_text()
    assert page.locator(".scene img").count() == 6
    done(page, lambda: number.fill("1"))
    assert wrong.is_hidden()
    assert page.locator("#fault").is_hidden()


def test_outlines_boxes_and_the_scene_line(page):
    assert page.locator(".overlay .outline").first.is_hidden()
    page.keyboard.press("o")
    page.keyboard.press("x")
    assert page.locator(".overlay .outline").first.is_visible()
    assert page.locator(".overlay .box").first.is_visible()
    page.locator(".scene").first.click()
    viewer = page.locator("#viewer")
    viewer.locator("pre").wait_for()
    assert '"placements"' in viewer.locator("pre").inner_text()
    page.keyboard.press("ArrowRight")
    page.get_by_role("heading", name="Scene 2").wait_for()
    page.keyboard.press("Escape")
    assert viewer.is_hidden()


def test_a_name_out_of_the_data_is_text(page):
    page.locator("#group-foregrounds > summary").click()
    assert "<b>ring" in page.locator('[data-address="category_weights"]').inner_text()
    assert page.locator("#health").inner_text().count("<b>ring") >= 1


def test_options_are_found_by_name(page):
    page.locator("#find").fill("overlap")
    visible = [row for row in page.locator(".field[data-address]").all() if row.is_visible()]
    addresses = [row.get_attribute("data-address") for row in visible]
    assert "limits.max_overlap" in addresses
    assert "limits.min_area" not in addresses


def test_a_preset_takes_the_place_of_what_it_sets(page):
    done(page, lambda: page.locator("#preset").select_option("tutorial"))
    assert page.locator("#preset").input_value() == "tutorial"
    blend = page.get_by_label("blend", exact=True)
    assert blend.input_value() == "paste"
    done(page, lambda: page.keyboard.press("Control+z"))
    assert page.locator("#preset").input_value() == ""


def test_the_page_fits_a_phone(chromium, address):
    page = chromium.new_page(viewport={"width": 390, "height": 844})
    page.goto(address)
    page.wait_for_selector("body[data-done]")
    assert page.locator("body").evaluate("body => body.scrollWidth") <= 390
    for name in ("#undo", "#before", "#save", "#find"):
        box = page.locator(name).bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 390
    page.close()


def test_what_is_saved_builds_what_was_shown(chromium, folder, tmp_path):
    write_config(folder)
    path = folder / "mine.yaml"
    yaml = "# my coins\nseed: 3\nsplits: {train: 4}\ncanvas: {width: 160, height: 120}\n"
    yaml += "foregrounds: [{folder: cutouts}]\nbackgrounds: [{folder: backgrounds}]\n"
    path.write_text(yaml + "export: {image_format: png}\n")
    with tuning(folder, path) as (_, address):
        page = chromium.new_page()
        page.goto(address)
        page.wait_for_selector("body[data-done]")
        page.locator("#group-finish > summary").click()
        done(page, lambda: page.get_by_label("Add to finish").select_option("hue"))
        shown = [image.evaluate(_PIXELS) for image in page.locator(".scene img").all()]
        page.keyboard.press("Control+s")
        page.locator("#saver button[type=submit]").click()
        page.locator("#command").wait_for()
        command = page.locator("#command").inner_text()
        page.close()
    assert command == f"python -m cocosynth build {path} --out dataset"
    assert path.read_text() == yaml + "export: {image_format: png}\nfinish: [hue]\n"
    assert load_config(path).finish == ("hue",)
    build(path, tmp_path / "out")
    folder = Layout(tmp_path / "out").images("train")
    for pixels, path in zip(shown, sorted(folder.iterdir()), strict=True):
        rgba = np.array(pixels, np.uint8).reshape(120, 160, 4)
        np.testing.assert_array_equal(rgba[..., :3], cv2.imread(str(path))[..., ::-1])


def test_a_page_of_another_origin_is_refused(chromium, address):
    page = chromium.new_page()
    page.goto("data:text/html,<p>elsewhere")
    base = address.partition("?")[0]
    token = address.partition("token=")[2]
    answer = page.evaluate(
        """async ([base, token]) => {
            try {
                const headers = {"content-type": "application/json", "x-cocosynth-token": token};
                const found = await fetch(base + "api/open", {method: "POST", headers, body: "{}"});
                return found.status;
            } catch (error) { return "refused"; }
        }""",
        [base, token],
    )
    assert answer == "refused"
    page.close()


def test_goals_are_written_as_yaml_has_them_and_the_health_check_tells_them(page):
    page.locator("#group-goals > summary").click()
    field = page.locator('[data-address="sizes"] input')
    assert field.get_attribute("placeholder") == "none, as {small: 0.4, medium: 0.4, large: 0.2}"
    field.fill("{small: 0.5, large: 0.5}")
    done(page, lambda: field.press("Enter"))
    assert "sizes" in page.locator("#health .goals").inner_text()
    field.fill("{small: much}")
    field.press("Enter")
    page.wait_for_selector('[data-address="sizes"].at-fault')
