"""Records on their way into the org: what is asked for, what is wrong, what became of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from wasf.demo.salesforce.errors import ErrorDetail
from wasf.demo.salesforce.storage import Row

ROLLED_BACK = ErrorDetail(
    "ALL_OR_NONE_OPERATION_ROLLED_BACK",
    "Record rolled back because not all records were valid and the request was using "
    "AllOrNone header",
)


class RecordDraft:
    """A record before it is saved.

    `row` is the whole row as it would be stored, `old` the stored row if the record exists, and
    `given` the names of the fields that the request has values for.
    """

    def __init__(self, old: Row | None = None) -> None:
        self.old = old
        self.row: Row = dict(old or {})
        self.given: frozenset[str] = frozenset()
        self.error: ErrorDetail | None = None
        self.more: tuple[ErrorDetail, ...] = ()

    @property
    def is_new(self) -> bool:
        """Whether the record does not exist yet."""
        return self.old is None

    def fail(self, error: ErrorDetail | None) -> None:
        """Note an error; the first one counts, None changes nothing."""
        self.error = self.error or error

    def result(self) -> "SaveResult":
        """Return what became of the record."""
        if self.error is not None:
            return SaveResult(errors=(self.error, *self.more))
        return SaveResult(str(self.row["Id"]), self.is_new)


@dataclass(frozen=True, slots=True)
class SaveOptions:
    """How a request wants its records saved.

    `allow_duplicates` and `duplicate_details` are what Sforce-Duplicate-Rule-Header asks for.
    `errors` are known before the save, by the place of the record in the request.
    """

    all_or_none: bool = False
    auto_assign: bool = True
    allow_duplicates: bool = False
    duplicate_details: bool = False
    errors: Mapping[int, ErrorDetail] = field(default_factory=dict)

    def starting_at(self, first: int) -> "SaveOptions":
        """Return the options for the records from the place `first` on."""
        return replace(self, errors={n - first: e for n, e in self.errors.items() if n >= first})

    def with_errors(self, errors: Mapping[int, ErrorDetail]) -> "SaveOptions":
        """Return the options with further errors."""
        return replace(self, errors={**self.errors, **errors}) if errors else self


@dataclass(frozen=True, slots=True)
class SaveResult:
    """What became of one record: its id, or its errors."""

    id: str | None = None
    created: bool = False
    errors: tuple[ErrorDetail, ...] = ()


def rolled_back(results: Sequence[SaveResult]) -> list[SaveResult]:
    """Return the results of an all-or-none request: if one record failed, none is saved."""
    if all(not result.errors for result in results):
        return list(results)
    return [
        result if result.errors else replace(result, id=None, errors=(ROLLED_BACK,))
        for result in results
    ]
