"""Bulk API 2.0: jobs that insert Tasks from one CSV file each; six requests, each one API call.

They go over the transport of all other requests. simple-salesforce's own client is not used: it
aborts a job at any exception, although rows may be written, and splits texts at their line ends.

A file has LF only, as it is declared. What CSV cannot carry goes another way: a cell that says
`#N/A` means no value there, and a long one is refused. Results are read by their key column, as
their order is not that of the upload.
"""

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, assert_never

from wasf.core.bulk_jobs import JobFile, JobState, JobStatus
from wasf.core.records import RecordId, Task, TaskKey
from wasf.core.refusals import RecordRefusal, admin_words
from wasf.errors import PermissionMissing
from wasf.interfaces import Json, KeyField, RowFit, TaskLogged, TaskNotSent, TaskOutcome
from wasf.salesforce.api import (
    ApiError,
    Object,
    PackedBody,
    Rejected,
    RequestFailed,
    RestClient,
    as_object,
    full_id,
    not_understood,
    only_our_errors,
    record_id,
    refusal_of_request,
    text,
)
from wasf.salesforce.task_calls import outcome_of_rejected, task_body

_PATH: Final = "jobs/ingest"
_NEW: Final[Object] = {
    "object": "Task",
    "operation": "insert",
    "contentType": "CSV",
    "lineEnding": "LF",
    "columnDelimiter": "COMMA",
}

_MOST_BYTES: Final = 48 * 1024 * 1024
"""Salesforce takes 100 MB; half of it keeps a run small, as it is kept in memory, packed."""

_LONGEST_CELL, _LONGEST_ROW = 32_000, 400_000  # characters that Salesforce takes
_NO_VALUE: Final = "#N/A"
_PAGE: Final = 1000  # outcomes that are given together

_ID, _ERROR = "sf__Id", "sf__Error"
_TOLD: Final = re.compile(r"([A-Z][A-Z0-9_]*):(.*?)(?::([\w, ]*?) ?--)?", re.DOTALL)
_TASK: Final = "00T"


class IngestJobs:
    """`TaskJobs` of an org, for one thread."""

    def __init__(self, client: RestClient) -> None:
        self._client = client

    def rows(self, key_field: KeyField) -> "CsvRows":
        return CsvRows(self._client, key_field)

    def create(self) -> RecordId | RecordRefusal:
        try:
            return record_id(as_object(self._client.write(_PATH, _NEW), "a job"), "id")
        except RequestFailed as failed:
            return _refusal(failed)

    def close(self, job_id: RecordId) -> RecordRefusal | None:
        return self._change(job_id, JobState.UPLOADED)

    def abort(self, job_id: RecordId) -> RecordRefusal | None:
        return self._change(job_id, JobState.ABORTED)

    def _change(self, job_id: RecordId, state: JobState) -> RecordRefusal | None:
        try:
            self._client.change(f"{_PATH}/{job_id}", {"state": state.value}, {})
        except RequestFailed as failed:
            return _refusal(failed)
        return None

    def status(self, job_id: RecordId) -> JobStatus | None:
        try:
            told = as_object(self._client.read(f"{_PATH}/{job_id}"), "a job")
        except RequestFailed as failed:
            if failed.status == 404:
                return None
            if isinstance(failed.error, PermissionMissing):
                return JobStatus(JobState.HIDDEN)
            raise failed.error from None
        with only_our_errors():
            return _status(told)

    def outcomes(
        self, job_id: RecordId, file: JobFile, key_field: KeyField
    ) -> Iterator[Sequence[TaskOutcome]]:
        """See `TaskJobs`: the whole file is there before the first outcome is given."""
        try:
            table = self._client.read_table(f"{_PATH}/{job_id}/{file}")
        except RequestFailed as failed:
            if failed.status == 404 or isinstance(failed.error, PermissionMissing):
                return
            raise failed.error from None
        page: list[TaskOutcome] = []
        with only_our_errors():
            for row in _rows_of(table):
                page.append(_outcome(row, file, key_field))
                if len(page) == _PAGE:
                    yield page
                    page = []
        if page:
            yield page


class CsvRows:
    """`JobRows` as a CSV file. Its columns are the fields that its Tasks have.

    They are known with the first row; a Task with a further field goes into the next job, whose
    columns are those of both.
    """

    def __init__(
        self, client: RestClient, key_field: KeyField, columns: Sequence[str] = ()
    ) -> None:
        self._client = client
        self._key_field = key_field
        self._columns = dict.fromkeys(columns)
        self._body = PackedBody()
        self._lines: list[str] = []
        self._writer = csv.writer(_Sink(self._lines), lineterminator="\n")

    def add(self, tasks: Sequence[Task]) -> RowFit:
        rows = [_cells(task_body(task, self._key_field)) for task in tasks]
        if not all(map(_fits, rows)):
            return RowFit.UNFIT
        names = dict.fromkeys(name for row in rows for name in row)
        is_first = not len(self._body)
        is_wider = not names.keys() <= self._columns.keys()
        self._columns |= names
        if is_wider and not is_first:
            return RowFit.FULL
        if is_first:
            self._writer.writerow(self._columns)
        for row in rows:
            self._writer.writerow([row.get(name, "") for name in self._columns])
        lines = "".join(self._lines).encode()
        self._lines.clear()
        if not is_first and len(self._body) + len(lines) > _MOST_BYTES:
            return RowFit.FULL
        self._body.add(lines)
        return RowFit.TAKEN

    def following(self) -> "CsvRows":
        return CsvRows(self._client, self._key_field, tuple(self._columns))

    def upload(self, job_id: RecordId) -> RecordRefusal | None:
        try:
            self._client.write_table(f"{_PATH}/{job_id}/batches", self._body)
        except RequestFailed as failed:
            return _refusal(failed)
        return None


class _Sink:
    """What `csv.writer` writes to: it makes lines, and nothing else."""

    def __init__(self, lines: list[str]) -> None:
        self.write = lines.append


def _cells(body: Mapping[str, Json]) -> dict[str, str]:
    return {name: _cell(value) for name, value in body.items()}


def _cell(value: Json) -> str:
    """Return a value as a cell. Line ends become LF; a text that looks like a formula stays."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return value.replace("\r\n", "\n").replace("\r", "\n")
    return str(value)


def _fits(row: Mapping[str, str]) -> bool:
    return (
        _NO_VALUE not in row.values()
        and all(len(cell) <= _LONGEST_CELL for cell in row.values())
        and sum(map(len, row.values())) <= _LONGEST_ROW
    )


def _refusal(failed: RequestFailed) -> RecordRefusal:
    """Return why a request was refused. Raise its error for all that is no refusal of a job."""
    if failed.is_refused_content or isinstance(failed.error, PermissionMissing):
        return refusal_of_request(failed, ())
    if failed.status in (404, 413):
        return RecordRefusal(failed.code)
    raise failed.error from None


def _status(told: Object) -> JobStatus:
    try:
        state = JobState(text(told, "state") or "?")
    except ValueError:
        raise not_understood("a job has an unknown state") from None
    counts = (told.get("numberRecordsProcessed", 0), told.get("numberRecordsFailed", 0))
    processed, refused = (one if isinstance(one, int) else 0 for one in counts)
    return JobStatus(state, processed, refused, admin_words(text(told, "errorMessage")))


# --- Results -----------------------------------------------------------------------------------


def _rows_of(table: PackedBody) -> Iterator[Mapping[str, str]]:
    """Yield the rows of a table by the names of its columns."""
    csv.field_size_limit(max(csv.field_size_limit(), 2 * _LONGEST_ROW))
    try:
        reader = csv.reader(_lines_of(table), strict=True)
        names = next(reader, [])
        for row in reader:
            yield dict(zip(names, row, strict=True))
    except (csv.Error, ValueError):
        raise not_understood("its table is damaged") from None


def _lines_of(table: PackedBody) -> Iterator[str]:
    r"""Yield what ends with `\n`, within a text too: other line ends are a part of the text."""
    left = b""
    for piece in table:
        *whole, left = (left + piece).split(b"\n")
        for line in whole:
            yield f"{line.decode()}\n"
    if left:
        yield left.decode()


def _outcome(row: Mapping[str, str], file: JobFile, key_field: KeyField) -> TaskOutcome:
    key = TaskKey(row.get(key_field.name, "").lower())
    if not key:
        raise not_understood("a result has no key")
    match file:
        case JobFile.NOT_PROCESSED:
            return TaskNotSent(key)
        case JobFile.REFUSED:
            texts = [row.get(name, "") for name in ("Subject", "Description")]
            return outcome_of_rejected(key, Rejected((_error(row),)), texts, key_field)
        case JobFile.LOGGED:
            found = full_id(row.get(_ID, ""))
            if found is None or not found.startswith(_TASK):
                raise not_understood("it names records of another kind")
            return TaskLogged(key, found)
        case _:
            assert_never(file)


def _error(row: Mapping[str, str]) -> ApiError:
    """Return the error of a row, which is told as `CODE:message:fields --`."""
    told = _TOLD.fullmatch(row.get(_ERROR, ""))
    if told is None:
        return ApiError("UNKNOWN", row.get(_ERROR, ""))
    code, message, names = told.groups()
    return ApiError(code, message, tuple(name.strip() for name in (names or "").split(",") if name))
