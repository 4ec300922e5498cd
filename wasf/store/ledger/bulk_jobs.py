"""Bulk jobs on their way: a row for each job, and its Tasks as intents that name the job.

The row and the intents are committed before the job is created, its id before the upload, and that
the upload is whole before the job is closed. The row goes when no intent names it any more.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from wasf.core.bulk_jobs import BulkJob, JobState, JobStatus, JobStep
from wasf.core.chats import ChatId
from wasf.core.records import Place, RecordId, Task, TaskKey
from wasf.interfaces import TaskOutcome
from wasf.store.ledger.chats import chat_number
from wasf.store.ledger.codec import from_micros, task_from, to_micros
from wasf.store.ledger.database import LedgerPart, Row
from wasf.store.ledger.facts import RunId
from wasf.store.ledger.outbox import INTENTS, Intent, intent_from, record_intent, resolve

_PAGE = 1000


class BulkJobs(LedgerPart):
    """The jobs of one ledger; every method that changes something is one transaction."""

    def plan(self, key_field: str, at: datetime) -> int:
        """Commit that a job is going to be made; return its number."""
        with self._db.transaction():
            self._db.run(
                "INSERT INTO bulk_job (step, key_field, begun_at) VALUES (?, ?, ?)",
                (JobStep.PLANNED.value, key_field, to_micros(at)),
            )
            [(number,)] = self._db.rows("SELECT max(number) FROM bulk_job")
            return int(number)

    def record_intent(
        self, job: int, chat_ids: Sequence[ChatId], tasks: Sequence[Task], at: datetime
    ) -> None:
        """Commit that a job is going to hold these Tasks, each of the chat at the same index."""
        with self._db.transaction():
            record_intent(self._db, chat_ids, tasks, at, job)
            self._db.run(
                "UPDATE bulk_job SET tasks = tasks + ? WHERE number = ?", (len(tasks), job)
            )

    def created(self, job: int, job_id: RecordId) -> None:
        """Commit the id of a job that is there and empty."""
        with self._db.transaction():
            values = (job_id, JobStep.CREATED.value, job)
            self._db.run("UPDATE bulk_job SET id = ?, step = ? WHERE number = ?", values)

    def uploaded(self, job: int) -> None:
        """Commit that a job has its rows, and is going to be closed."""
        with self._db.transaction():
            values = (JobStep.UPLOADED.value, job)
            self._db.run("UPDATE bulk_job SET step = ? WHERE number = ?", values)

    def asked(self, job: int, status: JobStatus, at: datetime) -> None:
        """Commit what Salesforce said of a job."""
        with self._db.transaction():
            self._db.run(
                """UPDATE bulk_job SET state = ?, processed = ?, refused = ?, words = ?,
                       asked_at = ? WHERE number = ?""",
                (*status, to_micros(at), job),
            )

    def open(self) -> list[BulkJob]:
        """Return the jobs of which the outcome is not known, oldest first."""
        rows = self._db.rows(
            """SELECT number, id, step, key_field, tasks, begun_at, asked_at, state, processed,
                      refused, words FROM bulk_job ORDER BY number"""
        )
        return [_job(row) for row in rows]

    def chats(self, job: int) -> list[ChatId]:
        """Return the chats of which Tasks of a job have no outcome yet."""
        rows = self._db.rows(
            """SELECT id FROM chat WHERE number IN (SELECT chat FROM intent WHERE job = ?)
               ORDER BY number""",
            (job,),
        )
        return [ChatId(chat) for (chat,) in rows]

    def held(self) -> dict[int, int]:
        """Return how many Tasks each job holds that have no outcome yet."""
        rows = self._db.rows(
            "SELECT job, count(*) FROM intent WHERE job IS NOT NULL GROUP BY job ORDER BY job"
        )
        return dict(rows)

    def of_chats(self, chat_ids: Iterable[ChatId]) -> dict[int, int]:
        """Return how many Tasks of these chats each job holds that have no outcome yet."""
        rows = self._db.rows_among(
            """SELECT job, count(intent.number) FROM intent JOIN chat ON chat.number = intent.chat
               WHERE job IS NOT NULL AND chat.id IN (*) GROUP BY job""",
            chat_ids,
        )
        held: Counter[int] = Counter()
        for job, tasks in rows:
            held[job] += tasks
        return dict(held)

    def of_run(self, run: RunId) -> dict[int, int]:
        """Return how many Tasks each job of a run holds that have no outcome yet."""
        rows = self._db.rows(
            f"""SELECT bulk_job.number, count(intent.number)
                FROM bulk_job LEFT JOIN intent ON intent.job = bulk_job.number
                WHERE {_RUN_OF_JOB} = (SELECT number FROM run WHERE id = ?)
                GROUP BY bulk_job.number ORDER BY bulk_job.number""",  # noqa: S608 - a constant
            (run,),
        )
        return dict(rows)

    def places(self, chat_id: ChatId) -> dict[Place, int]:
        """Return where jobs put Tasks of a chat, and how many of them there.

        All Tasks of a chat in one job go to one place.
        """
        rows = self._db.rows(
            """SELECT task, tasks FROM intent JOIN (
                   SELECT min(number) AS first, count(*) AS tasks FROM intent
                   WHERE chat = ? AND job IS NOT NULL GROUP BY job) AS held
               ON intent.number = held.first ORDER BY intent.number""",
            (chat_number(self._db, chat_id),),
        )
        places: Counter[Place] = Counter()
        for text, tasks in rows:
            task = task_from(text)
            places[Place(task.who_id, task.what_id)] += tasks
        return dict(places)

    def resolve(self, job: int, outcomes: Sequence[TaskOutcome]) -> None:
        """Commit what became of Tasks of a job; they count to the run that made the job.

        So an undo of that run takes them back too, whichever run learned of them.
        """
        with self._db.transaction():
            asked = f"SELECT {_RUN_OF_JOB} FROM bulk_job WHERE number = ?"  # noqa: S608 - a constant
            [(run,)] = self._db.rows(asked, (job,))
            resolve(self._db, outcomes, run)

    def keys(self) -> set[TaskKey]:
        """Return the keys of these Tasks."""
        rows = self._db.rows("SELECT task_key FROM intent WHERE job IS NOT NULL")
        return {TaskKey(key) for (key,) in rows}

    def intents(self, job: int, keys: Collection[TaskKey]) -> dict[TaskKey, Intent]:
        """Return those of these Tasks that have no outcome yet."""
        asked = f"{INTENTS} WHERE job = {job:d} AND task_key IN (*)"
        rows = self._db.rows_among(asked, keys)
        return {one.task.key: one for one in map(intent_from, rows)}

    def next_intents(self, job: int) -> list[Intent]:
        """Return the first thousand Tasks of a job that have no outcome yet."""
        asked = f"{INTENTS} WHERE job = ? ORDER BY intent.number LIMIT ?"
        return list(map(intent_from, self._db.rows(asked, (job, _PAGE))))

    def end(self, job: int) -> None:
        """Delete a job all of whose Tasks have an outcome."""
        with self._db.transaction():
            self._db.run(
                """DELETE FROM bulk_job WHERE number = ?
                   AND NOT EXISTS (SELECT 1 FROM intent WHERE job = bulk_job.number)""",
                (job,),
            )


_RUN_OF_JOB = """(SELECT coalesce(max(run.number), 0) FROM run
                  WHERE run.started_at <= bulk_job.begun_at)"""


def _job(row: Row) -> BulkJob:
    number, job_id, step, key_field, tasks, begun_at, asked_at, state, *counts = row
    return BulkJob(
        number,
        RecordId(job_id),
        JobStep(step),
        key_field,
        tasks,
        from_micros(begun_at),
        None if asked_at is None else from_micros(asked_at),
        JobStatus(JobState(state), *counts),
    )
