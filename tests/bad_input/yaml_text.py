"""Configurations that are no YAML, too much of it, or YAML that is more than values."""

import json

from bad_input import refused, skips

FILE = "cocosynth.yaml"


def text_case(name, message, *lines, whole=False):
    """Make a case of a configuration with lines of YAML added to it."""

    def spoil(project):
        path = project / FILE
        content = json.loads(path.read_text())
        good = "" if whole else "".join(f"{k}: {json.dumps(v)}\n" for k, v in content.items())
        path.write_text(good + "\n".join(lines))

    globals()[name] = (skips({}) if message is None else refused(message))(spoil)


text_case(
    "a_number_that_is_none",
    "cocosynth.yaml: category_weights.disk: expected a number from 0 to 1000000, got .nan",
    "category_weights: {disk: .nan}",
)
text_case(
    "an_infinite_number",
    "cocosynth.yaml: category_weights.disk: expected a number from 0 to 1000000, got .inf",
    "category_weights: {disk: .inf}",
)
text_case(
    "an_infinite_limit",
    "cocosynth.yaml: augment[0].rotate: angle_range must be finite, got [0.0, inf]",
    "augment: [{rotate: {angle_range: [0, .inf]}}]",
)
text_case(
    "nothing_for_a_limit",
    "cocosynth.yaml: augment[0].flip: p must lie in [0, 1], got nan",
    "augment: [{flip: {p: .nan}}]",
)
text_case("empty", "cocosynth.yaml: expected keys and values, such as `seed: 7`", "", whole=True)
text_case(
    "a_list", "cocosynth.yaml: expected keys and values, such as `seed: 7`", "- seed", whole=True
)
text_case(
    "only_text", "cocosynth.yaml: expected keys and values, such as `seed: 7`", "seed", whole=True
)
text_case(
    "not_yaml",
    "cocosynth.yaml, line 1: not valid YAML: expected ',' or ']', but got '<stream end>'",
    "seed: [1, 2",
    whole=True,
)
text_case(
    "tabs",
    "cocosynth.yaml, line 2: not valid YAML: found character '\\t' that cannot start any token",
    "splits:\n\ttrain: 3",
    whole=True,
)
text_case(
    "zero_bytes",
    "cocosynth.yaml: not valid YAML: unacceptable character #x0000: special characters are not allowed",
    "seed: \0",
    whole=True,
)
text_case(
    "two_documents",
    "cocosynth.yaml, line 9: not valid YAML: but found another document",
    "---",
    "seed: 1",
)
text_case(
    "a_key_twice",
    'cocosynth.yaml, line 9: not valid YAML: found duplicate key "seed" with value "8" (original value: "3")',
    "seed: 8",
    "seed: 9",
)
text_case("a_number_as_key", "cocosynth.yaml: keys must be text: write '7', in quotes", "7: 8")
text_case("a_list_as_key", "cocosynth.yaml: keys must be text", "? [1, 2]\n: 3")
text_case(
    "an_object_of_python",
    "cocosynth.yaml, line 9: not valid YAML: could not determine a constructor for the tag 'tag:yaml.org,2002:python/object/apply:os.system'",
    "blend: !!python/object/apply:os.system ['true']",
)
text_case(
    "a_name_of_python",
    "cocosynth.yaml, line 9: not valid YAML: could not determine a constructor for the tag 'tag:yaml.org,2002:python/name:os.system'",
    "blend: !!python/name:os.system",
)
text_case(
    "binary",
    "cocosynth.yaml: blend: expected text or a mapping, such as `blend: feather`; got bytes",
    "blend: !!binary aGVsbG8=",
)
text_case(
    "half_a_surrogate",
    "cocosynth.yaml: not valid YAML: 'utf-8' codec can't encode character '\\ud800' in position 0: surrogates not allowed",
    'info: {description: "\\ud800"}',
)
text_case(
    "a_billion_laughs",
    "cocosynth.yaml: not valid YAML: its aliases stand for more than 100000 values",
    "a0: &a0 [x, x, x, x, x, x, x, x, x, x]",
    *(f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 12)),
)
text_case(
    "an_alias_of_itself",
    "cocosynth.yaml: not valid YAML: its aliases stand for more than 100000 values",
    "augment: &a [*a]",
)
text_case(
    "deeply_nested",
    "cocosynth.yaml: not valid YAML: it is nested too deeply",
    "augment: " + "[" * 700 + "]" * 700,
)
text_case(
    "a_dataset_for_a_configuration",
    "cocosynth.yaml: is longer than 262144 bytes; is it a configuration?",
    '{"images": [' + "{}," * 100_000 + "]}",
    whole=True,
)
text_case("an_anchor_used_twice", None, "category_weights: &x {disk: &x 1}")
text_case("a_date_without_quotes", None, "info: {date_created: 2024-05-06}")
text_case("a_time_without_quotes", None, "info: {date_created: 2024-05-06T07:08:09Z}")
text_case(
    "a_date_elsewhere",
    "cocosynth.yaml: info.description: expected text, such as `description: 'Synthetic images composed by cocosynth'`; got the date 2024-05-06; write '2024-05-06', in quotes",
    "info: {description: 2024-05-06}",
)


@refused("cocosynth.yaml: is a folder; name a file")
def a_folder(project):
    (project / FILE).unlink()
    (project / FILE).mkdir()


@refused("cocosynth.yaml: not valid YAML: unacceptable character #x00e9: unexpected end of data")
def latin_1(project):
    (project / FILE).write_bytes(b"seed: 1 # \xe9")
