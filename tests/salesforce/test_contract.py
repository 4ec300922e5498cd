"""The promises of `Org`, over the org in memory and over the adapter on the local org."""

import pytest

from tests.fakes import FALLBACK_KEY
from tests.salesforce.contract import UNIQUE, FallbackContract, OrgContract
from tests.salesforce.worlds import LocalWorld, MemoryWorld
from tests.servers.salesforce import LocalOrg


class TestMemoryOrg(OrgContract):
    @pytest.fixture
    def world(self):
        return MemoryWorld()


class TestSalesforceOrg(OrgContract):
    @pytest.fixture
    def world(self):
        with LocalOrg.start() as local:
            yield LocalWorld(local)


class TestMemoryOrgWithoutKeyField(FallbackContract):
    @pytest.fixture
    def world(self):
        world = MemoryWorld()
        world.org.key_field = FALLBACK_KEY
        return world


class TestSalesforceOrgWithoutKeyField(FallbackContract):
    @pytest.fixture
    def world(self):
        with LocalOrg.start() as local:
            world = LocalWorld(local)
            local.set(hidden_fields=[f"Task.{UNIQUE.name}"])
            yield world
