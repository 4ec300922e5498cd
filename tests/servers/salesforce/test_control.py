"""The org as a whole: started here or in another process, seeded, kept in a file."""

import pytest

from tests.servers.salesforce import LocalOrg, OrgSeed
from tests.servers.salesforce.rest_client import Api

LEAD = {"LastName": "Example", "Company": "Example Ltd", "Phone": "+44 7700 900123"}


class TestProcess:
    """The same org, run by another process."""

    def test_everything_goes_over_http(self) -> None:
        with LocalOrg.spawn() as org:
            lead = org.add_lead(**LEAD)
            api = Api(org)
            org.fail("S20", path="query", times=0)
            assert api.get("query?q=SELECT Id FROM Lead").status_code == 500
            org.heal()
            task = api.create("Task", WhoId=lead)
            assert org.rows("Task", WhoId=lead)[0]["Id"] == task
            assert [seen.status for seen in org.requests] == [500, 201]
            with pytest.raises(ValueError, match="no such setting: nonsense"):
                org.set(nonsense=1)
            attached = LocalOrg.attach(org.base_url, org.control_token)
            assert attached.count("Lead") == 1
            with pytest.raises(ValueError, match="wrong control token"):
                LocalOrg.attach(org.base_url, "guess")
            api.session.close()

    def test_wrong_orders(self, org: LocalOrg) -> None:
        for wrong in (
            lambda: org.fail("S99"),
            lambda: org.fail("S1", nonsense=1),
            lambda: org.add("Nonsense", LastName="x"),
            lambda: org.add("Lead", Nonsense="x"),
            lambda: org.edit("00Q5e0000000zzzEAA", FirstName="x"),
        ):
            with pytest.raises(ValueError, match=r"no such|KeyError"):
                wrong()


def test_seed_names_the_org() -> None:
    with LocalOrg.start(seed=OrgSeed(org_name="Beispiel AG", user_name="Ada Example")) as org:
        assert org.rows("Organization")[0]["Name"] == "Beispiel AG"
        assert org.rows("User")[0]["FirstName"] == "Ada"


def test_a_file_of_its_own(tmp_path) -> None:
    path = str(tmp_path / "org.sqlite")
    with LocalOrg.start(path=path) as org:
        org.add_lead(**LEAD)
        assert org.count("Lead") == 1
    with pytest.raises(FileExistsError):
        LocalOrg.start(path=path)
