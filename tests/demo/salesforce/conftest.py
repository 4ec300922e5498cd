"""The fixtures of `tests.servers.salesforce`: the demo's org is tested through that one."""

from tests.servers.salesforce.conftest import api, org

__all__ = ["api", "org"]
