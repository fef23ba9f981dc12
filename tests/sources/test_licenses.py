"""A licence is known by its text and address, and what it forbids is not done."""

import pytest

from cocosynth.core.values import License
from cocosynth.sources.licenses import code_of, forbids_derivatives, matches, refusal

CC = "http://creativecommons.org/licenses"
COCO = {  # the licences of the COCO files, and what they are called
    "cc-by-nc-sa-2.0": License(
        "Attribution-NonCommercial-ShareAlike License", f"{CC}/by-nc-sa/2.0/"
    ),
    "cc-by-nc-2.0": License("Attribution-NonCommercial License", f"{CC}/by-nc/2.0/"),
    "cc-by-nc-nd-2.0": License("Attribution-NonCommercial-NoDerivs License", f"{CC}/by-nc-nd/2.0/"),
    "cc-by-2.0": License("Attribution License", f"{CC}/by/2.0/"),
    "cc-by-sa-2.0": License("Attribution-ShareAlike License", f"{CC}/by-sa/2.0/"),
    "cc-by-nd-2.0": License("Attribution-NoDerivs License", f"{CC}/by-nd/2.0/"),
    "no known copyright restrictions": License(
        "No known copyright restrictions", "http://flickr.com/commons/usage/"
    ),
    "united states government work": License(
        "United States Government Work", "http://www.usa.gov/copyright.shtml"
    ),
}
UNKNOWN = License("Unknown", "")
FREE = {"allow_no_derivatives": False, "allow": None, "deny": ()}


@pytest.mark.parametrize("code", COCO)
def test_the_licences_of_coco_have_short_names(code):
    assert code_of(COCO[code]) == code


@pytest.mark.parametrize("code", COCO)
def test_of_the_licences_of_coco_those_with_nd_forbid_derivatives(code):
    assert forbids_derivatives(COCO[code]) is ("-nd" in code)


@pytest.mark.parametrize(
    ("name", "url", "code"),
    [
        ("", "https://creativecommons.org/licenses/by/4.0/deed.en", "cc-by-4.0"),
        ("", "https://CreativeCommons.org/licenses/BY/2.0/jp/", "cc-by-2.0"),
        ("", "https://creativecommons.org/licenses/by-sa", "cc-by-sa"),
        ("CC0", "https://creativecommons.org/publicdomain/zero/1.0/", "cc0-1.0"),
        ("My Own Terms", "", "my own terms"),
    ],
)
def test_a_licence_is_known_by_its_address_then_by_its_name(name, url, code):
    assert code_of(License(name, url)) == code


@pytest.mark.parametrize(
    ("name", "url"),
    [
        ("CC BY-ND 4.0", ""),
        ("cc-by-nc-nd-4.0", ""),
        ("CC_BY_ND", ""),
        ("Attribution-NoDerivatives", ""),
        ("No Derivative Works", ""),
        ("no-derivs", ""),
        ("", f"{CC}/by-nd/3.0/de/"),
        ("", f"{CC}/by-nc-nd"),
        ("", f"{CC}/nd-nc/1.0/"),
    ],
)
def test_no_derivatives_is_found_however_it_is_written(name, url):
    assert forbids_derivatives(License(name, url))


@pytest.mark.parametrize("name", ["Unknown", "MIT", "London terms", "Andover", "and so on", ""])
def test_other_words_with_n_and_d_forbid_nothing(name):
    assert not forbids_derivatives(License(name, "https://example.org/second"))


def test_a_licence_that_forbids_derivatives_is_refused():
    assert "forbids derivatives" in refusal(COCO["cc-by-nd-2.0"], **FREE)


def test_a_licence_that_forbids_derivatives_is_used_on_demand():
    assert refusal(COCO["cc-by-nd-2.0"], **FREE | {"allow_no_derivatives": True}) is None


def test_an_unknown_licence_is_used_unless_it_is_denied():
    assert refusal(UNKNOWN, **FREE) is None
    assert refusal(UNKNOWN, **FREE | {"deny": ("unknown",)}) is not None


@pytest.mark.parametrize("pattern", ["cc-by-*", "CC-BY-2.0", "attribution license", "*"])
def test_a_pattern_matches_code_or_name_in_any_case(pattern):
    assert matches(COCO["cc-by-2.0"], [pattern])


def test_what_is_not_allowed_is_refused_by_its_code():
    reason = refusal(COCO["cc-by-nc-2.0"], **FREE | {"allow": ("cc-by-2.0", "cc0-*")})
    assert reason == "licence not in licenses.allow: cc-by-nc-2.0"


def test_an_empty_list_allows_nothing():
    assert refusal(COCO["cc-by-2.0"], **FREE | {"allow": ()}) is not None


def test_deny_goes_before_allow():
    reason = refusal(COCO["cc-by-nc-2.0"], **FREE | {"allow": ("*",), "deny": ("*-nc-*",)})
    assert reason == "licence in licenses.deny: cc-by-nc-2.0"
