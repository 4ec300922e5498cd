"""Who is signed in, and to which org: asked with the token itself, as a sync uses it."""

from typing import Final

from wasf.core.auth import Identity
from wasf.errors import NotConnected
from wasf.interfaces import Json
from wasf.salesforce.api import (
    ApiBudget,
    Object,
    Query,
    RestClient,
    as_object,
    condition,
    flag,
    only_our_errors,
    record_id,
    run_queries,
    select,
    text,
)
from wasf.salesforce.connection import Connection

ORGANIZATION: Final = Query(select(("Name", "IsSandbox"), "Organization"))


def whoami(connection: Connection) -> Identity:
    """Return the user and the org, in three calls. Raise a `WasfError` if the token may not ask."""
    with only_our_errors():
        return read_identity(RestClient(connection, ApiBudget()))


def read_identity(client: RestClient) -> Identity:
    """Return the same by an existing client. Raise `RequestFailed` or a `WasfError`."""
    org_id, user_id = identity_in(client.read(""))
    user = _the_row(run_queries(client, [user_by_id(user_id)]))
    org = _the_row(run_queries(client, [ORGANIZATION]))
    return Identity(
        username=text(user, "Username"),
        name=text(user, "Name"),
        user_id=user_id,
        org_id=org_id,
        org_name=text(org, "Name"),
        is_sandbox=flag(org, "IsSandbox"),
    )


def identity_in(answer: Json) -> tuple[str, str]:
    """Return the ids of the org and of the user, from the address of the identity resource."""
    address = text(as_object(answer, "the answer"), "identity")
    org_id, _, user_id = address.partition("/id/")[2].partition("/")
    ids: Object = {"organization": org_id, "user": user_id}
    return record_id(ids, "organization"), record_id(ids, "user")


def user_by_id(user_id: str) -> Query:
    """Return the query for one user's names."""
    return Query(select(("Username", "Name"), "User"), (condition("Id", "=", user_id),))


def _the_row(rows: list[Object]) -> Object:
    if not rows:
        raise NotConnected(
            "Salesforce does not say who signed in.",
            "Ask an administrator whether this user may see users and the company's information.",
        )
    return rows[0]
