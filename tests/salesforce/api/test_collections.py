"""Answers for many records are believed only if they tell of each record exactly once."""

import pytest

from wasf.salesforce.api import RequestFailed, delete_records, insert_records


def test_s25_ids_that_cannot_be_are_not_believed():
    """Rotated ids cannot be told from right ones; one id for two records can."""

    class Told:
        def __init__(self, *ids):
            self.rows = [{"success": True, "id": id_, "errors": []} for id_ in ids]

        def write(self, path, body, headers):
            return self.rows

    for ids in (
        ("00T5e0000000001EAA", "00T5e0000000001"),
        ("00T5e0000000001EAA", "00Q5e0000000001EAA"),
        ("00T5e0000000001EAA", "nothing"),
        ("00T5e0000000001EAA",),
    ):
        with pytest.raises(RequestFailed):
            insert_records(Told(*ids), "Task", [{}, {}])


@pytest.mark.parametrize(
    "rows",
    [[], [{"success": True}, {"success": True}], [{"success": False, "errors": []}]],
    ids=["none", "one too many", "neither deleted nor refused"],
)
def test_deletions_that_are_not_told_are_not_believed(rows):
    class Told:
        def delete(self, path):
            return rows

    with pytest.raises(RequestFailed):
        delete_records(Told(), ["00T5e0000000001EAA"])


@pytest.mark.parametrize("count", [0, 201])
def test_one_call_deletes_1_to_200_records(count):
    with pytest.raises(ValueError, match="1 to 200"):
        delete_records(None, ["00T5e0000000001EAA"] * count)
