"""A Salesforce-like org on this machine, for `wasf demo`.

    with DemoOrg() as org:
        org.add("Contact", LastName="Example", Phone="+49 171 3920001")
        ...  # talk to org.base_url with org.access_token, or open it in a browser

A request goes through `server` (token, limit) and `rest` (which resource) to `query`, `records`,
`collections` or `composite`. They work on `OrgState`, whose rows are in SQLite and whose objects
are in `schema`. `pages` shows the records to people. An org that an admin has configured is made
with `Customization`; the tests have such ones.
"""

from wasf.demo.salesforce.org import Shown
from wasf.demo.salesforce.server import DemoOrg

__all__ = ["DemoOrg", "Shown"]
