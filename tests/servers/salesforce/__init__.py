"""The Salesforce-like org of tests and benchmarks: the demo's org with all that only they need.

    with LocalOrg.start() as org:
        org.add_contact(LastName="Example", Phone="+49 171 3920001")
        org.set(hidden_fields=["Lead.Phone"])
        org.fail("S20", path="query")
        ...  # talk to org.base_url with org.access_token
        org.rows("Task")

`server.OrgServer` puts it together: `ConfiguredOrg` is the demo's `OrgState` with the objects of
Setup; what an admin can switch is in `AdminSettings`, and each effect of it is a `Customization`
(`access`, `rules`, `permission_sets`, `tooling`). `gateway` records requests and lets them go wrong
(`faults`); the `oauth_*` modules are the sign-in.
"""

from tests.servers.salesforce.client import KEY_FIELD, LINK_FIELD, LocalOrg
from tests.servers.salesforce.oauth_apps import ConnectedApp
from tests.servers.salesforce.oauth_grants import PASSWORD
from tests.servers.salesforce.server import OrgServer, ServerOptions
from wasf.demo.salesforce.seed import OrgSeed

__all__ = [
    "KEY_FIELD",
    "LINK_FIELD",
    "PASSWORD",
    "ConnectedApp",
    "LocalOrg",
    "OrgSeed",
    "OrgServer",
    "ServerOptions",
]
