"""Fields as they recur in Salesforce's objects: texts, flags, owners, audit fields."""

from dataclasses import replace

from wasf.localorg.model import Field, FieldType

SALUTATIONS = ("Mr.", "Ms.", "Mrs.", "Dr.", "Prof.", "Mx.")


def text(name: str, label: str, length: int, *, kind: FieldType = "string") -> Field:
    return Field(name, label, kind, length)


def system(name: str, label: str, kind: FieldType, length: int = 0) -> Field:
    """A field that only the platform writes."""
    return Field(
        name, label, kind, length, nillable=False, createable=False, updateable=False,
        defaulted=True, permissionable=False, groupable=kind not in ("datetime", "double"),
    )  # fmt: skip


def read_only(name: str, label: str, kind: FieldType, length: int = 0) -> Field:
    """A system field that may be empty."""
    return replace(system(name, label, kind, length), nillable=True, defaulted=False)


def refers(field: Field, *targets: str) -> Field:
    relation = field.name.removesuffix("Id") if field.name.endswith("Id") else None
    return replace(field, length=18, refers_to=targets, relation=relation)


def long_text(name: str, label: str, length: int = 32_000) -> Field:
    """A text area of this size can be neither filtered nor sorted by."""
    return Field(name, label, "textarea", length, filterable=False, sortable=False, groupable=False)


def pick(name: str, label: str, length: int, values: tuple[str, ...]) -> Field:
    return Field(name, label, "picklist", length, values=values)


def flag(name: str, label: str) -> Field:
    return replace(system(name, label, "boolean"), default=False)


def identity(label: str) -> Field:
    return replace(system("Id", label, "id", 18), id_lookup=True)


def owner(*targets: str) -> Field:
    field = Field(
        "OwnerId", "Owner ID", "reference", nillable=False, defaulted=True, permissionable=False
    )
    return replace(refers(field, *targets), polymorphic=len(targets) > 1)


def audit() -> tuple[Field, ...]:
    by = tuple(
        refers(system(name, label, "reference"), "User")
        for name, label in (
            ("CreatedById", "Created By ID"),
            ("LastModifiedById", "Last Modified By ID"),
        )
    )
    return (
        system("CreatedDate", "Created Date", "datetime"),
        by[0],
        system("LastModifiedDate", "Last Modified Date", "datetime"),
        by[1],
        system("SystemModstamp", "System Modstamp", "datetime"),
    )


def person_name() -> tuple[Field, ...]:
    parts = (
        replace(text("LastName", "Last Name", 80), nillable=False),
        text("FirstName", "First Name", 40),
        pick("Salutation", "Salutation", 40, SALUTATIONS),
    )
    whole = replace(system("Name", "Full Name", "string", 121), defaulted=False, name_field=True)
    return (*(replace(f, compound="Name", permissionable=False) for f in parts), whole)


def address(prefix: str = "") -> tuple[Field, ...]:
    parts = (
        Field(f"{prefix}Street", f"{prefix} Street".strip(), "textarea", 255),
        text(f"{prefix}City", f"{prefix} City".strip(), 40),
        text(f"{prefix}State", f"{prefix} State/Province".strip(), 80),
        text(f"{prefix}PostalCode", f"{prefix} Zip/Postal Code".strip(), 20),
        text(f"{prefix}Country", f"{prefix} Country".strip(), 80),
    )
    return tuple(replace(f, compound=f"{prefix}Address") for f in parts)


def phone(name: str, label: str) -> Field:
    return text(name, label, 40, kind="phone")


def email() -> Field:
    return replace(text("Email", "Email", 80, kind="email"), id_lookup=True)
