"""Bulk API 2.0, ingest: jobs that insert the rows of one CSV file, as Salesforce does.

A job is Open, then UploadComplete, InProgress, and JobComplete, Failed or Aborted. Its rows are
saved in chunks of 200, each as one request to the org would be: triggers, rules and unique fields
see 200 rows, and a row that fails fails alone. The content is read as strictly as Salesforce reads
it: one column that is not the user's, or one line end that is not the declared one, fails the job.
The rows of a result file come in an order of their own. Jobs and results are gone after seven days.

A job goes on when it is asked for: `bulk_chunks` of the settings says by how many chunks each time,
and 0 lets it go on by itself.
"""

import csv
import io
import sqlite3
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import islice
from typing import Final, NamedTuple

from tests.servers.salesforce.configured_org import ConfiguredOrg
from wasf.demo.salesforce import records
from wasf.demo.salesforce.calls import (
    ApiCall,
    ApiReply,
    ErrorDetail,
    Json,
    RequestRefused,
    SaveOptions,
    SaveResult,
    not_found,
    refuse,
    wrong_method,
)
from wasf.demo.salesforce.model import Field, SObjectType, canonical
from wasf.demo.salesforce.org import Customization, Resource
from wasf.demo.salesforce.storage import Cell, stamp

CHUNK: Final = 200
LARGEST: Final = 150 * 1024 * 1024 * 3 // 4
"""Bytes of a file: Salesforce takes 150 MB in base64."""
_LONGEST_CELL, _LONGEST_ROW, _MOST_CELLS = 32_000, 400_000, 5_000
_TAKES_DATA, _KEPT = timedelta(hours=24), timedelta(days=7)

_ENDS: Final = ("JobComplete", "Failed", "Aborted")
_OPERATIONS: Final = ("insert", "update", "upsert", "delete", "hardDelete")
_DELIMITERS: Final = {
    "COMMA": ",", "TAB": "\t", "SEMICOLON": ";", "PIPE": "|", "CARET": "^", "BACKQUOTE": "`",
}  # fmt: skip
_LINE_ENDS: Final = {"LF": "\n", "CRLF": "\r\n"}
_ASKED: Final = {
    "object", "operation", "contentType", "lineEnding", "columnDelimiter", "externalIdFieldName",
    "assignmentRuleId",
}  # fmt: skip
_RESULTS: Final = ("successfulResults", "failedResults", "unprocessedrecords")

_TABLES: Final = (
    """CREATE TABLE IF NOT EXISTS _bulk_job (id TEXT PRIMARY KEY, created TEXT, object TEXT,
       delimiter TEXT, line_end TEXT, state TEXT, error TEXT DEFAULT '',
       has_content INTEGER DEFAULT 0,
       taken INTEGER DEFAULT 0, processed INTEGER DEFAULT 0, failed INTEGER DEFAULT 0)""",
    "CREATE TABLE IF NOT EXISTS _bulk_content (job TEXT PRIMARY KEY, content BLOB)",
    """CREATE TABLE IF NOT EXISTS _bulk_row (job TEXT, number INTEGER, id TEXT, error TEXT,
       PRIMARY KEY (job, number)) WITHOUT ROWID""",
)


@dataclass(frozen=True, slots=True)
class _Job:
    """A job as it is stored. `taken` rows were looked at; the results tell what became of them."""

    id: str
    created: str
    object: str
    delimiter: str
    line_end: str
    state: str
    error: str
    has_content: int
    taken: int
    processed: int
    failed: int


class _Reading(NamedTuple):
    """The columns of a job, and its rows after so many that were `taken`."""

    taken: int
    header: Sequence[str]
    rows: Iterator[Sequence[str]]


class _Unreadable(Exception):
    """The content fails the whole job; the text is its errorMessage."""


class BulkApi(Customization):
    """The resource `jobs`."""

    def __init__(self, org: ConfiguredOrg) -> None:
        self._org = org
        self._reading: dict[str, _Reading] = {}
        for table in _TABLES:
            org.storage.change(table, [()])

    @property
    def resources(self) -> Mapping[str, Resource]:
        """The resource `jobs`."""
        return {"jobs": self._respond}

    def _respond(self, call: ApiCall) -> ApiReply:
        match call.method, call.segments[1:]:
            case "POST", ("ingest",):
                return self._create(call)
            case "GET", ("ingest",):
                jobs: list[Json] = [_shown(job, call) for job in self.jobs()]
                return ApiReply(200, {"done": True, "records": jobs, "nextRecordsUrl": None})
            case _, ("ingest", job_id, *more):
                return self._respond_for(self._known(job_id), call, more)
            case _:
                raise not_found()

    def _respond_for(self, job: _Job, call: ApiCall, more: Sequence[str]) -> ApiReply:
        match call.method, more:
            case "PUT", ["batches"]:
                return self._upload(job, call)
            case "PATCH", []:
                return self._change(job, call)
            case "GET", []:
                return ApiReply(200, _shown(self._asked(job), call))
            case "GET", [file] if file in _RESULTS:
                return self._results(job, file)
            case "DELETE", []:
                return self._delete(job)
            case _:
                raise wrong_method(call.method, "GET", "PUT", "PATCH", "DELETE")

    # Jobs

    def jobs(self) -> list[_Job]:
        """Return all jobs that are not older than seven days."""
        oldest = self._org.now() - _KEPT
        rows = self._org.storage.rows("SELECT * FROM _bulk_job ORDER BY rowid")
        jobs = [_Job(**row) for row in rows]  # type: ignore[arg-type]  # its columns
        return [job for job in jobs if _moment(job.created) > oldest]

    def end(self, job_id: str, state: str, error: str) -> None:
        """Let an admin or the platform end a job: Aborted or Failed, with its errorMessage."""
        self._store(replace(self._known(job_id), state=state, error=error))

    def forget(self, job_id: str) -> None:
        """Let an admin delete a job, whatever its state, with all results."""
        self._org.storage.change("DELETE FROM _bulk_job WHERE id = ?", [(job_id,)])
        for table in ("_bulk_row", "_bulk_content"):
            self._org.storage.change(f"DELETE FROM {table} WHERE job = ?", [(job_id,)])

    def lose_results(self, job_id: str) -> None:
        """Lose the results of a job; the job stays."""
        self._org.storage.change("DELETE FROM _bulk_content WHERE job = ?", [(job_id,)])
        self._store(replace(self._known(job_id), has_content=0))

    def _known(self, job_id: str) -> _Job:
        known = canonical(job_id)
        found = [job for job in self.jobs() if job.id == known]
        if not found:
            raise not_found()
        return found[0]

    def _store(self, job: _Job) -> None:
        self._org.storage.change(
            """UPDATE _bulk_job SET state = ?, error = ?, has_content = ?, taken = ?, processed = ?,
               failed = ? WHERE id = ?""",
            [(job.state, job.error, job.has_content, job.taken, job.processed, job.failed, job.id)],
        )

    def _create(self, call: ApiCall) -> ApiReply:
        asked = call.json()
        if unknown := sorted(set(asked) - _ASKED):
            raise refuse("JSON_PARSER_ERROR", f'Unrecognized field "{unknown[0]}"')
        sobject = self._object(asked)
        choices = (
            ("contentType", ("CSV",)), ("lineEnding", tuple(_LINE_ENDS)),
            ("columnDelimiter", tuple(_DELIMITERS)),
        )  # fmt: skip
        chosen = {name: asked.get(name, known[0]) for name, known in choices}
        for name, known in choices:
            if chosen[name] not in known:
                raise _invalid(f"{chosen[name]} is not a valid value for {name}")
        (number,) = self._org.storage.mint("750", 1)
        self._org.storage.insert("_bulk_job", [{
            "id": number, "created": self._org.now().isoformat(), "object": sobject.name,
            "delimiter": str(chosen["columnDelimiter"]), "line_end": str(chosen["lineEnding"]),
            "state": "Open",
        }])  # fmt: skip
        return ApiReply(200, _shown(self._known(number), call))

    def _object(self, asked: Mapping[str, Json]) -> SObjectType:
        if asked.get("operation") not in _OPERATIONS:
            raise _invalid(f"{asked.get('operation')} is not a valid operation")
        if asked["operation"] != "insert" or "externalIdFieldName" in asked:
            raise _invalid("this org only has the operation insert, which takes no external id")
        sobject = self._org.find_sobject(str(asked.get("object")))
        if sobject is None or not sobject.createable:
            raise refuse("INVALIDENTITY", f"The object {asked.get('object')} cannot be inserted")
        return sobject

    def _upload(self, job: _Job, call: ApiCall) -> ApiReply:
        media, _, options = call.headers.get("content-type", "").partition(";")
        charset = options.lower().partition("charset=")[2].strip(' "')
        if media.strip().lower() != "text/csv" or charset not in ("", "utf-8"):
            raise refuse("UNSUPPORTED_MEDIA_TYPE", "The content is no text/csv", status=415)
        if len(call.body) > LARGEST:
            raise refuse("EXCEEDED_MAX_SIZE_REQUEST", "Maximum size of 150 MB exceeded", status=413)
        if job.state != "Open" or self._org.now() - _moment(job.created) > _TAKES_DATA:
            raise _wrong_state(f"Job {job.id} is not open")
        if job.has_content:
            text = f"Found multiple contents for job: <{job.id}>, please 'only do PUT once'"
            self._store(replace(job, state="Failed", error=f"InvalidBatch : {text}"))
            raise _wrong_state(text)
        self._org.storage.insert("_bulk_content", [{"job": job.id, "content": call.body}])
        self._store(replace(job, has_content=1))
        return ApiReply(201)

    def _change(self, job: _Job, call: ApiCall) -> ApiReply:
        asked = call.json()
        state = asked.get("state")
        if set(asked) != {"state"} or state not in ("UploadComplete", "Aborted"):
            raise _wrong_state(f"The state of a job cannot be set to {state}")
        if state == "UploadComplete" and (job.state != "Open" or not job.has_content):
            raise _wrong_state(f"Job {job.id} is {job.state}, or has no content")
        if state == "Aborted" and job.state in _ENDS:
            raise _wrong_state(f"Job {job.id} is {job.state}")
        job = replace(job, state=str(state))
        self._store(job)
        if state == "UploadComplete" and not self._org.admin.bulk_chunks:
            threading.Thread(target=self._go_on_alone, args=(job.id,), daemon=True).start()
        return ApiReply(200, _shown(job, call))

    def _delete(self, job: _Job) -> ApiReply:
        if job.state not in ("UploadComplete", *_ENDS):
            raise _wrong_state(f"Job {job.id} is {job.state}")
        self.forget(job.id)
        return ApiReply(204)

    # Rows

    def _asked(self, job: _Job) -> _Job:
        """Return a job that is asked for: in between it went on."""
        chunks = self._org.admin.bulk_chunks
        if job.state == "UploadComplete" and chunks and not self._org.admin.bulk_queued:
            job = replace(job, state="InProgress")
            self._store(job)
            chunks = 0 if self._org.admin.bulk_waits else chunks
        if job.state == "InProgress":
            for _ in range(chunks):
                if self._known(job.id).state == "InProgress":
                    self._go_on(self._known(job.id))
        return self._known(job.id)

    def _go_on_alone(self, job_id: str) -> None:
        """Work on a job as long as it is at work, chunk by chunk between the requests."""
        with suppress(RequestRefused, sqlite3.ProgrammingError):  # or the org was closed
            while True:
                with self._org.lock:
                    job = self._known(job_id)
                    if job.state in _ENDS:
                        return
                    self._go_on(replace(job, state="InProgress"))

    def _go_on(self, job: _Job) -> None:
        """Save the next chunk of a job, or end the job."""
        admin = self._org.admin
        try:
            if admin.bulk_failure is not None and job.taken >= admin.bulk_failure.after:
                raise _Unreadable(admin.bulk_failure.message)
            _, header, rows = self._rest(job)
            chunk = list(islice(rows, CHUNK))
        except _Unreadable as error:
            self._store(replace(job, state="Failed", error=str(error)))
            return
        left = len(chunk) if admin.bulk_rows is None else max(0, admin.bulk_rows - job.taken)
        results = self._saved(job, header, chunk[:left])
        self._org.storage.insert("_bulk_row", [
            {"job": job.id, "number": job.taken + place, "id": one.id, "error": _error(one)}
            for place, one in enumerate(results)
        ])  # fmt: skip
        taken = job.taken + len(chunk)
        self._reading[job.id] = _Reading(taken, header, rows)
        self._store(replace(
            job, taken=taken, processed=job.processed + len(results),
            failed=job.failed + sum(bool(one.errors) for one in results),
            state=job.state if len(chunk) == CHUNK else "JobComplete",
        ))  # fmt: skip

    def _rest(self, job: _Job) -> _Reading:
        """Return the columns of a job, and its rows that were not looked at yet."""
        known = self._reading.pop(job.id, None)
        if known is not None and known.taken == job.taken > 0:
            return known
        rows = _rows(job, self.content(job))
        header = next(rows)
        self._check(job, header)
        return _Reading(job.taken, header, islice(rows, job.taken, None))

    def content(self, job: _Job) -> bytes:
        """Return the content of a job, b"" without any."""
        rows = self._org.storage.tuples("SELECT content FROM _bulk_content WHERE job = ?", [job.id])
        return next((cell for (cell,) in rows if isinstance(cell, bytes)), b"")

    def _check(self, job: _Job, header: Sequence[str]) -> None:
        """Raise `_Unreadable` for columns that the user may not fill."""
        sobject = self._org.sobject(job.object)
        for name in header:
            field = sobject.field(name)
            if field is None or not field.createable or field.name != name:
                raise _invalid_batch(f"Field name not found : {name}")
        if len(set(header)) < len(header) or len(header) > _MOST_CELLS:
            raise _invalid_batch("Duplicate or too many field names")

    def _saved(
        self, job: _Job, header: Sequence[str], chunk: Sequence[Sequence[str]]
    ) -> list[SaveResult]:
        """Save rows as one request would; what is wrong with the values of one fails it alone."""
        sobject = self._org.sobject(job.object)
        bodies: list[dict[str, Json]] = []
        wrong: dict[int, ErrorDetail] = {}
        for place, row in enumerate(chunk):
            try:
                body = _body(sobject, header, row)
                records.new_draft(self._org, sobject, body)
            except RequestRefused as refused:
                body, wrong[place] = {}, refused.errors[0]
            bodies.append(body)
        return records.insert(self._org, job.object, bodies, SaveOptions(errors=wrong))

    # Results

    def _results(self, job: _Job, file: str) -> ApiReply:
        if job.state not in _ENDS:
            raise _wrong_state(f"Job {job.id} is {job.state}: it has no results yet")
        if job.taken and not job.has_content:
            raise not_found()
        if self._org.admin.bulk_no_content:
            return ApiReply(204)
        text = io.StringIO()
        writer = csv.writer(text, delimiter=_DELIMITERS[job.delimiter],
                            lineterminator=_LINE_ENDS[job.line_end])  # fmt: skip
        for line in self._lines(job, file) if job.has_content else ():
            writer.writerow(line)
        return ApiReply(200, text.getvalue().encode(), {"Content-Type": "text/csv;charset=UTF-8"})

    def _lines(self, job: _Job, file: str) -> Iterator[Sequence[Cell]]:
        found = self._org.storage.rows("SELECT * FROM _bulk_row WHERE job = ?", [job.id])
        by_number = {row["number"]: row for row in found}
        try:
            rows = _rows(job, self.content(job))
            header = next(rows)
        except _Unreadable:
            return
        if file == "unprocessedrecords":
            yield header
            with suppress(_Unreadable):
                yield from islice(rows, job.taken, None)
            return
        succeeded = file == "successfulResults"
        yield ("sf__Id", "sf__Created" if succeeded else "sf__Error", *header)
        told = [
            (str(row["id"] or ""), "true" if succeeded else str(row["error"]), *cells)
            for number, cells in enumerate(islice(rows, job.taken))
            if (row := by_number.get(number)) and bool(row["error"]) != succeeded
        ]
        for start in range(0, len(told), CHUNK):  # documented: in no order
            yield from reversed(told[start : start + CHUNK])


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _invalid(message: str) -> RequestRefused:
    return refuse("INVALIDJOB", message)


def _wrong_state(message: str) -> RequestRefused:
    return refuse("INVALIDJOBSTATE", message)


def _invalid_batch(message: str) -> _Unreadable:
    return _Unreadable(f"InvalidBatch : InvalidBatch : {message}")


def _shown(job: _Job, call: ApiCall) -> dict[str, Json]:
    """Return a job as the API shows it."""
    number = call.version.removeprefix("v")
    shown: dict[str, Json] = {
        "id": job.id, "operation": "insert", "object": job.object, "state": job.state,
        "createdDate": stamp(_moment(job.created)), "concurrencyMode": "Parallel",
        "contentType": "CSV", "apiVersion": float(number), "lineEnding": job.line_end,
        "columnDelimiter": job.delimiter,
        "contentUrl": f"services/data/v{number}/jobs/ingest/{job.id}/batches",
    }  # fmt: skip
    if job.state != "Open":
        shown |= {
            "jobType": "V2Ingest", "numberRecordsProcessed": job.processed,
            "numberRecordsFailed": job.failed, "retries": 0,
        }  # fmt: skip
    return shown | ({"errorMessage": job.error} if job.error else {})


def _rows(job: _Job, content: bytes) -> Iterator[Sequence[str]]:
    """Yield the columns of a job, then its rows. Raise `_Unreadable` for what fails the job."""
    try:
        text = content.decode()
    except UnicodeDecodeError:
        raise _invalid_batch("the content is not in UTF-8") from None
    if job.line_end == "LF" and "\r" in text:
        raise _Unreadable(
            "ClientInputError : LineEnding is invalid on user data. Current LineEnding setting"
            " is LF"
        )
    if "\0" in text:
        raise _invalid_batch("the content holds NUL")
    csv.field_size_limit(max(csv.field_size_limit(), _LONGEST_ROW))
    reader = csv.reader(
        io.StringIO(text, newline=""), delimiter=_DELIMITERS[job.delimiter], strict=True
    )
    try:
        header = next(reader, None)
        if not header:
            raise _invalid_batch("there are no columns")
        yield header
        for row in reader:
            if len(row) != len(header):
                raise _invalid_batch(f"a row has {len(row)} of {len(header)} fields")
            yield row
    except csv.Error as error:
        raise _invalid_batch(str(error)) from None


def _body(sobject: SObjectType, header: Sequence[str], row: Sequence[str]) -> dict[str, Json]:
    """Return a row as a record: empty cells are left out. Raise `RequestRefused` if it is wrong."""
    if sum(map(len, row)) > _LONGEST_ROW:
        raise refuse("STRING_TOO_LONG", "the record is too long")
    body: dict[str, Json] = {}
    for name, text in zip(header, row, strict=True):
        if len(text) > _LONGEST_CELL:
            raise refuse("STRING_TOO_LONG", f"{name}: data value too large", name)
        if text:
            body[name] = None if text == "#N/A" else _typed(sobject.by_name[name.lower()], text)
    return body


def _typed(field: Field, text: str) -> Json:
    if field.type != "boolean":
        return text
    known = {"true": True, "1": True, "false": False, "0": False}
    if text.lower() not in known:
        raise refuse("INVALID_TYPE_ON_FIELD_IN_RECORD", f"{field.name}: {text}", field.name)
    return known[text.lower()]


def _error(result: SaveResult) -> str | None:
    """Return the error of a row as failedResults tells it, None for a row that was saved."""
    if not result.errors:
        return None
    error = result.errors[0]
    fields = f"{','.join(error.fields)} --" if error.fields else "--"
    return f"{error.code}:{error.message}:{fields}"


def job_row(job: _Job, content: bytes) -> dict[str, Json]:
    """Return a job for tests: with its content, and how many rows that has."""
    try:
        lines = list(_rows(job, content)) if content else []
    except _Unreadable:
        lines = []
    return {
        "id": job.id, "state": job.state, "rows": max(0, len(lines) - 1), "error": job.error,
        "content": content.decode(errors="replace") if job.has_content else None,
    }  # fmt: skip
