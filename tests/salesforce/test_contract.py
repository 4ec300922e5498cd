"""The promises of `Org`, over the org in memory and over the adapter on the local org."""

import pytest

from tests.salesforce.contract import OrgContract
from tests.salesforce.worlds import LocalWorld, MemoryWorld
from wasf.localorg import LocalOrg


class TestMemoryOrg(OrgContract):
    @pytest.fixture
    def world(self):
        return MemoryWorld()


class TestSalesforceOrg(OrgContract):
    @pytest.fixture
    def world(self):
        with LocalOrg.start() as local:
            yield LocalWorld(local)
