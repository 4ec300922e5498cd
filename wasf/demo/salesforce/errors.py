"""What the local org refuses, in Salesforce's own terms: status, code, words and fields."""

from dataclasses import dataclass, field

Json = bool | int | float | str | list["Json"] | dict[str, "Json"] | None
"""Whatever JSON can hold."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong with one record or request; shown as Salesforce shows it."""

    code: str
    message: str
    fields: tuple[str, ...] = ()
    status: int = 400
    details: dict[str, Json] = field(default_factory=dict)

    def as_error(self, *, with_fields: bool = False) -> dict[str, Json]:
        """The form of an answer to a single request: `message`, `errorCode`, maybe `fields`."""
        body: dict[str, Json] = dict(self.details)
        body |= {"message": self.message, "errorCode": self.code}
        if with_fields or self.fields:
            body["fields"] = list(self.fields)
        return body

    def as_row_error(self) -> dict[str, Json]:
        """The form inside a collection's answer: `statusCode`, `message`, `fields`."""
        return {"statusCode": self.code, "message": self.message, "fields": list(self.fields)}


DELETED = Problem("ENTITY_IS_DELETED", "entity is deleted", (), 404, {"fields": []})
"""What is said of a record that lies in the bin."""


class Refused(Exception):
    """A request or a record that the org does not take; carries its problems."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__(", ".join(problem.code for problem in problems))
        self.problems = problems

    @property
    def status(self) -> int:
        """The HTTP status of an answer that says only this."""
        return self.problems[0].status


def refuse(code: str, message: str, *fields: str, status: int = 400) -> Refused:
    """The exception for one problem."""
    return Refused(Problem(code, message, fields, status))
