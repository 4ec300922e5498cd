"""`dataclass(frozen=True, slots=True)` of the standard library, defined in a tenth of the time.

The standard one writes and compiles six methods of each class when the class is defined. wasf has
more than two hundred such classes: that was a third of the time of a run that has nothing to do.
Here `__init__` is compiled when the first value is made, and the other methods are functions that
all classes share. Values behave the same, so type checkers are told that it is the standard one.
"""

import dataclasses
from collections.abc import Callable, Sequence
from operator import attrgetter
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from dataclasses import dataclass as dataclass

    from _typeshed import DataclassInstance
else:

    def dataclass(*, frozen: bool, slots: bool, kw_only: bool = False) -> Callable[[type], type]:
        """Return the decorator. Raise `TypeError` for what is not frozen or has no slots."""
        if not (frozen and slots):
            raise TypeError("for that take the one of the standard library")
        return lambda cls: _made(cls, kw_only=kw_only)


_NOT_GIVEN: Final = object()


def _made(cls: type, *, kw_only: bool) -> "type[DataclassInstance]":
    cls.__doc__ = cls.__doc__ or cls.__qualname__  # to make one would take long
    own = dict(vars(cls))
    # The standard one finds the fields, and gives the class slots for them. It compiles nothing.
    decorated = dataclasses.dataclass(init=False, repr=False, eq=False, slots=True, kw_only=kw_only)
    made: type[DataclassInstance] = decorated(cls)
    values_of = _values_of([one.name for one in dataclasses.fields(made) if one.compare])
    methods = {
        "__init__": _first_init(made),
        "__repr__": _shown,
        "__eq__": _equality(values_of),
        "__hash__": _hashing(values_of),
        "__setattr__": _refuse,
        "__delattr__": _refuse,
        "__getstate__": _state,
        "__setstate__": _set_state,
    }
    for name, method in methods.items():
        if own.get(name) is None:
            setattr(made, name, method)
    return made


def _first_init(cls: "type[DataclassInstance]") -> Callable[..., None]:
    """Return an `__init__` that puts the compiled one in its place."""

    def __init__(self: object, *values: object, **named: object) -> None:  # noqa: N807
        compiled = _compiled_init(cls)
        setattr(cls, "__init__", compiled)  # noqa: B010 - a type checker would refuse the other way
        compiled(self, *values, **named)

    return __init__


def _compiled_init(cls: "type[DataclassInstance]") -> Callable[..., None]:
    names: dict[str, object] = {"set_field": object.__setattr__, "not_given": _NOT_GIVEN}
    by_place, by_name, lines = ["self"], ["*"], []
    for number, one in enumerate(dataclasses.fields(cls)):
        default, value, parameter = f"default_{number}", one.name, one.name
        if one.default_factory is not dataclasses.MISSING:
            names[default] = one.default_factory
            parameter += " = not_given"
            value = (
                f"{default}() if {value} is not_given else {value}" if one.init else f"{default}()"
            )
        elif one.default is not dataclasses.MISSING:
            names[default] = one.default
            parameter += f" = {default}"
            value = value if one.init else default
        elif not one.init:  # `__post_init__` sets it
            continue
        if one.init:
            (by_name if one.kw_only else by_place).append(parameter)
        lines.append(f" set_field(self, {one.name!r}, {value})")
    if hasattr(cls, "__post_init__"):
        lines.append(" self.__post_init__()")
    parameters = ", ".join([*by_place, *(by_name if len(by_name) > 1 else [])])
    made: dict[str, Callable[..., None]] = {}
    code = "\n".join([f"def __init__({parameters}):", *(lines or [" pass"])])
    exec(code, names, made)  # noqa: S102 # nosec B102 - names of fields and nothing else
    return made["__init__"]


# --- What all classes share ----------------------------------------------------------------------


def _values_of(names: Sequence[str]) -> Callable[[object], object]:
    return attrgetter(*names) if names else lambda _: ()


def _equality(values_of: Callable[[object], object]) -> Callable[[object, object], bool]:
    def __eq__(self: object, other: object) -> bool:  # noqa: N807
        if other.__class__ is self.__class__:
            return values_of(self) == values_of(other)
        return NotImplemented

    return __eq__


def _hashing(values_of: Callable[[object], object]) -> Callable[[object], int]:
    def __hash__(self: object) -> int:  # noqa: N807
        return hash(values_of(self))

    return __hash__


def _shown(self: "DataclassInstance") -> str:
    names = [one.name for one in dataclasses.fields(self) if one.repr]
    values = ", ".join(f"{name}={getattr(self, name)!r}" for name in names)
    return f"{self.__class__.__qualname__}({values})"


def _refuse(self: object, name: str, *_: object) -> None:
    raise dataclasses.FrozenInstanceError(f"{name} of {self.__class__.__name__} cannot be changed")


def _state(self: "DataclassInstance") -> list[object]:
    return [getattr(self, one.name) for one in dataclasses.fields(self)]


def _set_state(self: "DataclassInstance", state: Sequence[object]) -> None:
    for one, value in zip(dataclasses.fields(self), state, strict=True):
        object.__setattr__(self, one.name, value)
