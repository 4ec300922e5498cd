"""Lets pytest explain failures inside the contract, which is no test module itself."""

import pytest

pytest.register_assert_rewrite("tests.store.ledger.contract")
