"""Who is signed in, and to which org: asked with the token itself, as a sync would."""

from wasf.core.auth import Identity
from wasf.errors import NotConnected
from wasf.salesforce.api.client import Patience, RestClient
from wasf.salesforce.api.composite import run_queries
from wasf.salesforce.api.errors import RequestFailed
from wasf.salesforce.api.json import Object, flag, text
from wasf.salesforce.api.soql import ORGANIZATION, user_by_id
from wasf.salesforce.api.transport import ApiBudget
from wasf.salesforce.auth.hosts import Connection
from wasf.salesforce.describe import identity_in


def whoami(connection: Connection) -> Identity:
    """The user and the org, by three calls. Raises a `WasfError` if the token may not ask that."""
    try:
        return who_is(RestClient(connection, ApiBudget(), Patience()))
    except RequestFailed as failed:
        raise failed.error from None


def who_is(client: RestClient) -> Identity:
    """As `whoami`, with a client that is there. Raises `RequestFailed` or a `WasfError`."""
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


def _the_row(rows: list[Object]) -> Object:
    if not rows:
        raise NotConnected(
            "Salesforce does not say who signed in.",
            "Ask an administrator whether this user may see users and the company's information.",
        )
    return rows[0]
