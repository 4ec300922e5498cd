"""wasf's dataclass against that of the standard library, for each class that wasf makes with it."""

import copy
import dataclasses
import inspect
import pickle
import pkgutil
from collections.abc import Iterator
from dataclasses import field
from importlib import import_module

import pytest

import wasf
from wasf.values import dataclass


def _ours() -> Iterator[type]:
    """Yield every class of wasf that was made by it, of the modules that need no extra."""
    for module in pkgutil.walk_packages(wasf.__path__, "wasf."):
        if module.name.startswith(("wasf.demo", "wasf.__main__")):
            continue
        try:
            loaded = import_module(module.name)
        except ImportError:  # an extra is not installed
            continue
        for one in vars(loaded).values():
            is_here = isinstance(one, type) and one.__module__ == module.name
            is_frozen = is_here and one.__setattr__ is not object.__setattr__
            if is_frozen and dataclasses.is_dataclass(one) and hasattr(one, "__slots__"):
                yield one


OURS = sorted(set(_ours()), key=lambda one: (one.__module__, one.__qualname__))


def _standard(one: type) -> type:
    """Return the class as the standard library makes it of the same fields."""
    fields = [
        (
            part.name,
            part.type,
            field(
                **{
                    name: getattr(part, name)
                    for name in ("default", "default_factory", "init", "repr", "compare", "kw_only")
                }
            ),
        )
        for part in dataclasses.fields(one)
    ]
    return dataclasses.make_dataclass(one.__qualname__, fields, frozen=True, slots=True)


def _parameters(cls: type) -> list[tuple[str, object, object]]:
    """Return name, kind and default of each; those that are made anew only as such."""
    made_anew = {
        one.name
        for one in dataclasses.fields(cls)
        if one.default_factory is not dataclasses.MISSING
    }
    given = inspect.signature(cls.__init__).parameters.values()
    return [(one.name, one.kind, one.name in made_anew or one.default) for one in given]


def test_wasf_has_many() -> None:
    assert len(OURS) > 150


@pytest.mark.parametrize("one", OURS, ids=lambda one: f"{one.__module__}.{one.__qualname__}")
def test_a_class_is_what_the_standard_one_would_be(one: type) -> None:
    standard = _standard(one)
    with pytest.raises(TypeError):  # after the first call `__init__` is the compiled one
        one(*range(100))

    assert _parameters(one) == _parameters(standard)
    assert one.__match_args__ == standard.__match_args__  # type: ignore[attr-defined]
    assert not hasattr(object.__new__(one), "__dict__") or one.__base__ is not object


@dataclass(frozen=True, slots=True)
class Point:
    """A value with everything that a field can have."""

    x: int
    y: int = 2
    names: list[str] = field(default_factory=list)
    note: str = field(default="", compare=False, repr=False)
    total: int = field(init=False)
    unit: str = field(default="m", kw_only=True)

    def __post_init__(self) -> None:
        object.__setattr__(self, "total", self.x + self.y)


@dataclass(frozen=True, slots=True)
class NamedPoint(Point):
    name: str = "here"


@dataclass(frozen=True, slots=True)
class Nothing:
    def __repr__(self) -> str:
        return "nothing"


def test_a_value_has_its_fields_and_its_defaults() -> None:
    point = Point(1, unit="km")

    assert (point.x, point.y, point.names, point.note, point.total) == (1, 2, [], "", 3)
    assert repr(point) == "Point(x=1, y=2, names=[], total=3, unit='km')"
    assert Point(1).names is not Point(1).names
    assert repr(NamedPoint(1, 2, ["a"], name="there")).startswith(
        "NamedPoint(x=1, y=2, names=['a']"
    )


def test_values_are_equal_by_what_is_compared() -> None:
    assert Point(1, note="a") == Point(1, note="b")
    assert Point(1) != Point(2)
    assert NamedPoint(1) != Point(1)
    assert Point(1) != (1, 2, [], 3, "m")
    assert Nothing() == Nothing()
    assert hash(Nothing()) == hash(Nothing())
    assert repr(Nothing()) == "nothing"


def test_a_value_cannot_be_changed() -> None:
    point = Point(1)

    with pytest.raises(dataclasses.FrozenInstanceError):
        point.x = 2  # type: ignore[misc]
    with pytest.raises(dataclasses.FrozenInstanceError):
        del point.x
    assert point == Point(1)


def test_a_changed_copy_can_be_made() -> None:
    assert dataclasses.replace(Point(1), y=5) == Point(1, 5)
    assert dataclasses.asdict(NamedPoint(1))["name"] == "here"
    assert copy.deepcopy(Point(1)) == pickle.loads(pickle.dumps(Point(1))) == Point(1)


def test_a_value_that_lacks_a_field_is_refused() -> None:
    with pytest.raises(TypeError, match="missing 1 required positional argument: 'x'"):
        Point()  # type: ignore[call-arg]
    with pytest.raises(TypeError):
        dataclass(frozen=False, slots=True)
