"""The page in a real browser, from disk: what people click, type and see."""

import json
import re
import time

import cv2
import numpy as np
import pytest
from browser import chromium, opened
from small_builds import built, write_annotated

from cocosynth.check.report import open_split, write_report

pytestmark = pytest.mark.slow

PHONE = {"viewport": {"width": 390, "height": 844}}
HOSTILE = ["</script><script>alert(1)</script>", "\"'&<img src=x onerror=alert(2)>", "a\u202eb\nc"]


@pytest.fixture(scope="module")
def browser():
    with chromium() as started:
        yield started


@pytest.fixture(scope="module")
def ours(tmp_path_factory):
    """A dataset of ours of 60 images in two splits, and its page."""
    out, _ = built(tmp_path_factory.mktemp("ours"), splits={"train": 52, "val": 8})
    return out / "report.html"


@pytest.fixture(scope="module")
def hostile(tmp_path_factory):
    folder = tmp_path_factory.mktemp("hostile")
    write_annotated(folder, [(5, 5, 30, 30), (50, 40, 40, 20)], count=3)
    written = json.loads((folder / "instances.json").read_text())
    written["categories"] = [{"id": 7 + n, "name": name} for n, name in enumerate(HOSTILE)]
    written["categories"] += [{"id": 100 + n, "name": f"class {n}"} for n in range(1200)]
    for number, name in enumerate((HOSTILE[1], "100%#?.png", "gone.png")):
        file = folder / "images" / f"{number}.png"
        written["images"][number]["file_name"] = name
        if number < 2:
            file.rename(folder / "images" / name)
    for position, annotation in enumerate(written["annotations"]):
        annotation["category_id"] = 7 + position % 3
    (folder / "instances.json").write_text(json.dumps(written))
    page = folder / "page.html"
    write_report([open_split("all", folder / "instances.json", folder / "images")], page)
    return page


def until(page, condition):
    """Wait for a condition in JavaScript; the page itself allows no text to be run as code."""
    deadline = time.monotonic() + 30
    while not page.evaluate(condition):
        assert time.monotonic() < deadline, condition
        page.wait_for_timeout(20)


def result(page):
    return page.inner_text("#result")


def shown(page):
    return page.locator("#grid .shot").count()


def content(path):
    text = re.search(r'id="content">(.*?)</script>', path.read_text())[1]
    return json.loads(text)


def test_a_click_leads_from_the_summary_to_the_images_of_a_category(browser, ours):
    data = content(ours)
    name = max(data["categories"], key=lambda category: category["k"])["n"]
    number = [category["n"] for category in data["categories"]].index(name)
    images = [i for i in data["images"] if any(a["c"] == number for a in i["a"])]
    with opened(browser, ours.as_uri()) as page:
        page.click(f"#summary table a:has-text('{name}')")
        page.wait_for_selector("#images:not([hidden])")
        assert page.input_value("#choose-category") == name
        assert result(page).startswith(f"{len(images)} images · ")
        assert f"category={name}" in page.url
        assert page.locator("#grid .shape.dim").count() == sum(
            a["c"] != number for i in images[:48] for a in i["a"]
        )


def test_filters_together_and_their_link(browser, ours):
    data = content(ours)
    wanted = [
        image
        for image in data["images"]
        if image["s"] == 0 and any(a["m"] < 1024 and a["v"] < 0.9999 for a in image["a"])
    ]
    assert 0 < len(wanted) < 52
    with opened(browser, f"{ours.as_uri()}#view=images") as page:
        page.select_option("#choose-size", "small")
        page.select_option("#choose-occlusion", "partly hidden")
        page.select_option("#choose-split", "train")
        until(
            page, f"document.getElementById('result').textContent.startsWith('{len(wanted)} image')"
        )
        address = page.url
        page.click("#clear")
        until(page, "document.getElementById('result').textContent.startsWith('60')")
        page.go_back()
        until(page, "!document.getElementById('result').textContent.startsWith('60')")
    with opened(browser, address) as page:
        assert result(page).startswith(f"{len(wanted)} image")
        assert page.input_value("#choose-size") == "small"


@pytest.mark.parametrize("name", ["source", "warning"])
def test_every_other_filter_has_choices_that_find_images(browser, ours, name):
    with opened(browser, f"{ours.as_uri()}#view=images") as page:
        values = page.eval_on_selector_all(
            f"#choose-{name} option", "options => options.map(option => option.value)"
        )
        assert len(values) > 1
        page.select_option(f"#choose-{name}", values[1])
        until(page, f"location.hash.includes('{name}=')")
        assert shown(page) > 0


def test_pages_turn_by_button_and_by_key(browser, ours):
    with opened(browser, f"{ours.as_uri()}#view=images") as page:
        assert shown(page) == 48
        assert page.is_disabled("#back-top")
        page.click("#next-top")
        until(page, "document.querySelectorAll('#grid .shot').length === 12")
        assert page.is_disabled("#next-bottom")
        page.keyboard.press("ArrowLeft")
        until(page, "document.querySelectorAll('#grid .shot').length === 48")
        page.keyboard.press("ArrowRight")
        until(page, "location.hash.includes('page=2')")


def test_an_image_opens_at_full_size_and_is_left_by_key(browser, ours):
    with opened(browser, f"{ours.as_uri()}#view=images") as page:
        page.locator("#grid .shot").nth(2).focus()
        page.keyboard.press("Enter")
        page.wait_for_selector("#viewer[open]")
        until(page, "document.querySelector('#viewer .full img').naturalWidth === 160")
        assert "/train/" in page.get_attribute("#viewer .full img", "src") or page.get_attribute(
            "#viewer .full img", "src"
        ).startswith("train/")
        page.keyboard.press("ArrowRight")
        until(page, "location.hash.includes('image=3')")
        page.click("#zoom")
        assert page.get_attribute("#zoom", "aria-pressed") == "true"
        page.keyboard.press("Escape")
        until(page, "!document.getElementById('viewer').open")
        assert "image=" not in page.url


def test_what_is_drawn_is_switched_on_and_off(browser, ours):
    lines = "#grid .shape .line"
    with opened(browser, f"{ours.as_uri()}#view=images") as page:
        outlines = page.locator(lines).count()
        page.click("#layer-boxes")
        assert page.locator(lines).count() > outlines
        page.keyboard.press("m")
        assert page.get_attribute("#layer-masks", "aria-pressed") == "false"
        page.click("#layer-boxes")
        assert page.locator(lines).count() == 0
        page.click("#layer-names")
        assert page.locator("#grid .shape .name").count() > 0


def test_a_hover_says_where_an_object_comes_from(browser, ours):
    with opened(browser, f"{ours.as_uri()}#view=images") as page:
        shape = page.locator("#grid .shape .hit").first
        middle = shape.bounding_box()["height"] / 2
        shape.hover(force=True, position={"x": 5, "y": middle})  # it may be a ring
        page.wait_for_selector("#card:not([hidden])")
        card = page.inner_text("#card")
        for word in ("annotation", "visible", "scale", "blend mode\nfeather", "source\ncutouts"):
            assert word in card
        assert (
            page.locator("#card .photo img").evaluate(
                "image => image.decode().then(() => image.naturalWidth)"
            )
            == 48
        )
        assert page.locator("#card .photo .line").count() == 1
        page.mouse.move(2, 2)
        page.wait_for_selector("#card", state="hidden")


def test_keyboard_alone_reaches_what_a_hover_says(browser, ours):
    with opened(browser, f"{ours.as_uri()}#view=images&image=0") as page:
        page.wait_for_selector("#viewer[open]")
        page.locator("#viewer .list button").first.focus()
        assert "photograph" in page.inner_text("#viewer .detail")
        assert page.locator("#viewer .shape.marked").count() == 1


def test_hostile_names_are_text_and_run_nothing(browser, hostile):
    with opened(browser, hostile.as_uri()) as page:
        assert page.locator(f"#summary table >> text={HOSTILE[0]}").count() == 1
        assert "a\\u202eb\\u000ac" in page.inner_text("#summary")
        assert page.locator("main img[src=x], main script").count() == 0
        page.click("#to-images")
        page.wait_for_selector("#grid .shot")
        assert page.locator("#grid .absent").inner_text().startswith("image file is missing")
        page.select_option("#choose-category", HOSTILE[0])
        until(page, "location.hash.includes('category=')")
        assert shown(page) == 2
        page.locator("#grid .shot").first.click()
        page.wait_for_selector("#viewer[open]")
        until(page, "document.querySelector('#viewer .full img').naturalWidth === 160")


def test_the_policy_stops_what_is_put_in_later(browser, hostile):
    with opened(browser, hostile.as_uri(), expected="Content Security Policy") as page:
        ran = page.evaluate(
            """() => {
                const script = document.createElement("script");
                script.textContent = "window.ran = true";
                document.body.append(script);
                return window.ran === true;
            }"""
        )
        assert ran is False
        page.wait_for_timeout(200)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("view", ["summary", "images", "images&image=0"])
def test_it_fits_a_phone_and_can_be_read(browser, ours, scheme, view):
    with opened(browser, f"{ours.as_uri()}#view={view}", **PHONE, color_scheme=scheme) as page:
        assert page.evaluate("document.documentElement.scrollWidth") == 390
        assert page.evaluate(CONTRAST) == []
        assert page.evaluate(NAMELESS) == []


CUT_OFF = """[...document.querySelectorAll('#title, #summary .scroll, #summary .panel > *')]
    .filter((one) => one.scrollWidth > one.clientWidth).map((one) => one.id || one.className)"""
COVERED = """[...document.querySelectorAll('.chart')].flatMap((chart) => {
    const bars = [...chart.querySelectorAll('.ours')].map((bar) => bar.getBoundingClientRect());
    return [...chart.querySelectorAll('.tick')].filter((text) => {
        const at = text.getBoundingClientRect();
        return bars.some((bar) => bar.height && bar.left < at.right - 1 && at.left + 1 < bar.right
            && bar.top < at.bottom - 3 && at.top + 3 < bar.bottom);
    }).map((text) => text.textContent);
})"""

HEIGHTS = """[...document.querySelectorAll('.chart .tick')]
    .map((text) => text.getBoundingClientRect().height)"""


@pytest.mark.parametrize("width", [390, 1440])
def test_titles_tables_and_numbers_of_charts_are_seen_as_a_whole(browser, ours, width):
    size = {"width": width, "height": 844}
    with opened(browser, ours.as_uri(), viewport=size) as page:
        assert page.locator(".chart").count() > 5
        assert page.evaluate(CUT_OFF) == []
        assert page.evaluate(COVERED) == []
        assert min(page.evaluate(HEIGHTS)) > 10


def test_the_theme_can_be_chosen(browser, ours):
    with opened(browser, ours.as_uri(), color_scheme="light") as page:
        ground = "getComputedStyle(document.body).backgroundColor"
        before = page.evaluate(ground)
        page.click("#theme")
        page.click("#theme")
        assert page.inner_text("#theme") == "Theme: dark"
        assert page.evaluate(ground) != before


def test_a_page_in_one_file_shows_its_images_without_its_folder(browser, tmp_path):
    write_annotated(tmp_path, [(5, 5, 30, 30)], count=3)
    split = open_split("all", tmp_path / "instances.json", tmp_path / "images")
    write_report([split], tmp_path / "page.html", self_contained=True)
    alone = tmp_path / "elsewhere" / "page.html"
    alone.parent.mkdir()
    (tmp_path / "page.html").rename(alone)
    with opened(browser, f"{alone.as_uri()}#view=images&image=1") as page:
        until(page, "document.querySelector('#viewer .full img').naturalWidth === 160")


def test_an_image_that_no_browser_shows_is_shown_by_its_thumbnail(browser, tmp_path):
    write_annotated(tmp_path, [(5, 5, 30, 30)], count=1)
    written = json.loads((tmp_path / "instances.json").read_text())
    written["images"][0]["file_name"] = "0.tif"
    (tmp_path / "instances.json").write_text(json.dumps(written))
    pixels = np.full((120, 160, 3), 90, np.uint8)
    cv2.imwrite(str(tmp_path / "images/0.tif"), pixels)
    split = open_split("all", tmp_path / "instances.json", tmp_path / "images")
    write_report([split], tmp_path / "page.html")
    with opened(browser, f"{(tmp_path / 'page.html').as_uri()}#view=images&image=0") as page:
        until(
            page,
            "document.querySelector('#viewer .full img').src.endsWith('page_files/000001.jpg')",
        )


# Texts whose contrast with what lies behind them is under 4.5; names on pictures have rims.
CONTRAST = """() => {
  const parse = (colour) => {
    const [r, g, b, a = 1] = colour.match(/[\\d.]+/g).map(Number);
    return [r, g, b, a];
  };
  const light = ([r, g, b]) => [r, g, b].map((v) => v / 255)
    .map((v) => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((total, v, n) => total + v * [0.2126, 0.7152, 0.0722][n], 0);
  const behind = (node) => {
    for (let at = node; at; at = at.parentElement) {
      const colour = parse(getComputedStyle(at).backgroundColor);
      if (colour[3] > 0.9) return colour;
    }
    return [255, 255, 255];
  };
  const low = [];
  for (const node of document.querySelectorAll("body *")) {
    const own = [...node.childNodes].some((child) => child.nodeType === 3 && child.data.trim());
    const skipped = "svg.overlay, script, style, noscript, :disabled, option, [hidden]";
    if (!own || node.closest(skipped)) continue;
    if (!node.checkVisibility()) continue;
    const style = getComputedStyle(node);
    const text = parse(node.closest("svg") ? style.fill : style.color);
    const [a, b] = [light(text), light(behind(node))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) low.push(`${node.textContent.slice(0, 30)}: ${ratio.toFixed(2)}`);
  }
  return low;
}"""

# Pictures without a text for who cannot see them, and controls without a name.
NAMELESS = """() => {
  const bare = (node) => !node.getAttribute("aria-label") && !node.textContent.trim();
  const all = (selector) => [...document.querySelectorAll(selector)];
  return [
    ...all("img").filter((node) => !node.alt),
    ...all("[role=img]").filter(bare),
    ...all("a, button, select, input").filter((node) => bare(node) && !node.querySelector("[alt]")),
  ].map((node) => node.outerHTML.slice(0, 80));
}"""
