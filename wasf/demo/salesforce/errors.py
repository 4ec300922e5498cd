"""What the org refuses, in Salesforce's own terms: HTTP status, error code, message and fields.

A request that is refused as a whole raises `RequestRefused`. What is wrong with one record of many
is an `ErrorDetail`, which goes into that record's result.
"""

from dataclasses import dataclass, field

Json = bool | int | float | str | list["Json"] | dict[str, "Json"] | None
"""Whatever JSON can hold."""


@dataclass(frozen=True, slots=True)
class ErrorDetail:
    """One error of a request or of one record.

    `status` is the HTTP status if the whole request fails with it. `details` are further keys of
    the answer, for example the result of a duplicate rule.
    """

    code: str
    message: str
    fields: tuple[str, ...] = ()
    status: int = 400
    details: dict[str, Json] = field(default_factory=dict)

    def as_error(self, *, with_fields: bool = False) -> dict[str, Json]:
        """Return the form for a single request: `message`, `errorCode` and, if any, `fields`."""
        body: dict[str, Json] = dict(self.details)
        body |= {"message": self.message, "errorCode": self.code}
        if with_fields or self.fields:
            body["fields"] = list(self.fields)
        return body

    def as_row_error(self) -> dict[str, Json]:
        """Return the form for one record of many: `statusCode`, `message`, `fields`."""
        return {"statusCode": self.code, "message": self.message, "fields": list(self.fields)}


DELETED = ErrorDetail("ENTITY_IS_DELETED", "entity is deleted", (), 404, {"fields": []})
"""The error for a record that is in the recycle bin."""


class RequestRefused(Exception):
    """The org does not carry out a request, or does not save a record."""

    def __init__(self, *errors: ErrorDetail) -> None:
        super().__init__(", ".join(error.code for error in errors))
        self.errors = errors

    @property
    def status(self) -> int:
        """The HTTP status of the answer."""
        return self.errors[0].status


def refuse(code: str, message: str, *fields: str, status: int = 400) -> RequestRefused:
    """Return the exception for one error."""
    return RequestRefused(ErrorDetail(code, message, fields, status))


def not_found() -> RequestRefused:
    """Return the refusal of an address that does not exist."""
    return refuse("NOT_FOUND", "The requested resource does not exist", status=404)


def wrong_method(method: str, *allowed: str) -> RequestRefused:
    """Return the refusal of an HTTP method that an address does not have."""
    message = f"HTTP Method '{method}' not allowed. Allowed are {','.join(allowed)}"
    return refuse("METHOD_NOT_ALLOWED", message, status=405)
