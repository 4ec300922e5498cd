"""A running org: its API and its pages behind a port of this machine."""

from collections.abc import Sequence

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.routing import Route

from wasf.demo.salesforce import pages, seed
from wasf.demo.salesforce.errors import Json
from wasf.demo.salesforce.gateway import ApiGateway
from wasf.demo.salesforce.org import OrgState
from wasf.demo.salesforce.seed import OrgSeed
from wasf.demo.server import LoopbackServer, Stoppable

_HOSTS = ["127.0.0.1", "localhost"]


def application(gateway: ApiGateway, more: Sequence[Route] = ()) -> Starlette:
    """Return the ASGI application of an org; `more` are further addresses."""
    return Starlette(
        routes=[*gateway.routes(), *more, *pages.routes(gateway.org)],
        # A web page whose host name points to this machine must not read what is in the org.
        middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=_HOSTS)],
    )


class DemoOrg(Stoppable):
    """A new org with one user. Use it as a context manager, or call `stop`."""

    def __init__(self, port: int = 0) -> None:
        """Start the org; port 0 takes a free one. Raise `OSError` if the port is in use."""
        self._server = LoopbackServer(port)
        self._org = OrgState()
        self.access_token = seed.fill(self._org, OrgSeed())
        self._server.start(application(ApiGateway(self._org)))

    @property
    def base_url(self) -> str:
        """The address of the org."""
        return self._server.base_url

    def add(self, sobject: str, **fields: Json) -> str:
        """Add a record without the checks of the API; return its id."""
        with self._org.lock:
            return seed.add(self._org, sobject, [fields])[0]

    def stop(self) -> None:
        """End the org."""
        self._server.stop()
        self._org.storage.close()
