"""Judge a fix by the file as it was before the faults."""

import json
from collections import Counter


def write(content, path):
    path.write_text(json.dumps(content))
    return path


def new_errors(report, after):
    """Return the errors that are more than before, by rule."""
    return {
        rule: count
        for rule, count in after.counts.items()
        if after.severities[rule] == "error" and count > report.counts.get(rule, 0)
    }


def damage(sound, planted, fixed, *, only_correct=False):
    """Yield values that a fix has changed, and that are not those of the sound file now.

    Parameters
    ----------
    sound, planted, fixed : dict
        A file without a fault, the same with some, and that after the fix.
    only_correct : bool
        Only those that had been right.
    """
    right = {table: _by_id(sound[table]) for table in ("images", "annotations", "categories")}
    given = {table: _by_id(planted[table]) for table in right}
    for name, records in right.items():
        counts = Counter(str(r["id"]) for r in fixed[name] if isinstance(r, dict))
        for number, record in _by_id(fixed[name]).items():
            old, true = given[name].get(number), records.get(number)
            if old is None or true is None or counts[number] > 1:
                continue
            for key in true:
                if key not in old or record.get(key) == old[key] or _same(key, record, true):
                    continue
                if not only_correct or _same(key, old, true):
                    yield name, number, key, old.get(key), record.get(key), true[key]


def _by_id(records):
    return (
        {str(r["id"]): r for r in records if isinstance(r, dict)}
        if isinstance(records, list)
        else {}
    )


def _same(key, record, true):
    """Say whether a value is that of the sound file: boxes and areas within the tolerance."""
    if key == "bbox":
        return all(abs(a - b) <= 2 for a, b in zip(record[key], true[key], strict=True))
    if key == "area":
        return abs(record[key] - true[key]) <= 2 + 0.5 * sum(true["bbox"][2:]) + 0.01 * true["area"]
    if key == "license" and record[key] is None:
        return True  # what it was, nobody can know
    return record.get(key) == true[key] or (key == "segmentation" and key not in record)
