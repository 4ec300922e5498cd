"""What the package itself gives: names and modules that are loaded when they are used."""

import subprocess
import sys

import pytest

from wasf import late_modules, late_names


def test_a_name_is_loaded_when_it_is_used() -> None:
    find = late_names("wasf.core", {"text": ("counted",)})

    assert find("counted")(2, "chat") == "2 chats"
    with pytest.raises(AttributeError, match="shorten"):
        find("shorten")


def test_a_module_is_loaded_when_the_first_of_its_names_is_used() -> None:
    code = """
import sys
from wasf import late_modules
text, moments = late_modules("wasf.core", "text", "moments")
before = "wasf.core.text" in sys.modules
text.counted(1, "chat")
print(before, "wasf.core.text" in sys.modules, "wasf.core.moments" in sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.split() == ["False", "True", "False"]


def test_a_late_module_may_be_in_no_package() -> None:
    (library,) = late_modules("", "json")

    assert library.loads("[1]") == [1]
    with pytest.raises(AttributeError, match="nothing"):
        library.nothing  # noqa: B018 - the question itself raises
