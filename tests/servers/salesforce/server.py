"""The org of tests as a server: configured, with sign-in, faults and control from outside."""

import json
import secrets
from dataclasses import dataclass, field

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.servers.connections import FaultyServer
from tests.servers.salesforce import oauth_routes
from tests.servers.salesforce.access import FieldAccess, PrivateSharing
from tests.servers.salesforce.automation import (
    HiddenRequirements,
    RecordLocks,
    StorageLimit,
    TaskFlows,
    TaskOwners,
    Triggers,
)
from tests.servers.salesforce.bulk import BulkApi
from tests.servers.salesforce.configured_org import ConfiguredOrg
from tests.servers.salesforce.control import Control
from tests.servers.salesforce.duplicate_rules import DuplicateRules
from tests.servers.salesforce.gateway import ScriptedGateway
from tests.servers.salesforce.permission_sets import PermissionSets
from tests.servers.salesforce.rules import LeadAssignment, RecordTypes, ValidationRules
from tests.servers.salesforce.search import LimitedSearch
from tests.servers.salesforce.tooling import ToolingApi
from wasf.demo.salesforce import seed
from wasf.demo.salesforce.org import Clock
from wasf.demo.salesforce.seed import OrgSeed
from wasf.demo.salesforce.server import application

CONTROL_HEADER = "X-Control-Token"


@dataclass(frozen=True, slots=True)
class ServerOptions:
    """Where the org listens (port 0: a free one) and lives (its SQLite file), and what it is."""

    port: int = 0
    path: str = ":memory:"
    seed: OrgSeed = field(default_factory=OrgSeed)
    clock: Clock | None = None


class OrgServer:
    """One org behind one port, from now on. `control` does all that tests may do to it."""

    def __init__(self, options: ServerOptions) -> None:
        """Raise `OSError` if the port is in use, `FileExistsError` if the file exists."""
        self.org = configured_org(options.path, options.clock)
        self.server = FaultyServer(options.port)
        self.access_token = seed.fill(self.org, options.seed)
        self.control_token = secrets.token_urlsafe(32)
        gateway = ScriptedGateway(self.org, self.server.refuse)
        self.control = Control(gateway)
        more = [*oauth_routes.routes(gateway), self._control_route()]
        self.server.start(application(gateway, more))

    @property
    def base_url(self) -> str:
        """The address of the org."""
        return self.server.base_url

    def stop(self) -> None:
        """End the org and wait until it has ended."""
        self.server.stop()
        self.org.storage.close()

    def _control_route(self) -> Route:
        """Return the address by which tests in other processes control the org."""

        async def operate(request: Request) -> Response:
            given = request.headers.get(CONTROL_HEADER, "")
            if not secrets.compare_digest(given.encode(), self.control_token.encode()):
                return JSONResponse({"error": "wrong control token"}, 403)
            try:
                arguments = json.loads(await request.body() or b"{}")
                result = self.control.run(request.path_params["operation"], arguments)
            except ValueError as error:
                return JSONResponse({"error": str(error)}, 400)
            return JSONResponse({"result": result})

        return Route("/__control/{operation}", operate, methods=["POST"])


def configured_org(path: str = ":memory:", clock: Clock | None = None) -> ConfiguredOrg:
    """Return an org with all customizations; those that are switched off change nothing."""
    org = ConfiguredOrg(path, clock)
    org.customizations += [
        ToolingApi(org), FieldAccess(org), LeadAssignment(org), ValidationRules(org),
        HiddenRequirements(org), DuplicateRules(org), PermissionSets(org), PrivateSharing(org),
        StorageLimit(org), TaskOwners(org), RecordLocks(org), Triggers(org), TaskFlows(org),
        LimitedSearch(org), RecordTypes(org), BulkApi(org),
    ]  # fmt: skip
    return org
