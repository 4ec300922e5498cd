"""Fields as they recur in Salesforce's objects: texts, flags, owners, names, audit fields."""

from dataclasses import replace

from wasf.demo.salesforce.model import Field, FieldType

SALUTATIONS = ("Mr.", "Ms.", "Mrs.", "Dr.", "Prof.", "Mx.")


def text(name: str, label: str, length: int, *, kind: FieldType = "string") -> Field:
    """Return a field for one line of text, or of another `kind` of text."""
    return Field(name, label, kind, length)


def system(name: str, label: str, kind: FieldType, length: int = 0) -> Field:
    """Return a required field that only the platform writes."""
    return Field(
        name, label, kind, length, nillable=False, createable=False, updateable=False,
        defaulted=True, permissionable=False, groupable=kind not in ("datetime", "double"),
    )  # fmt: skip


def read_only(name: str, label: str, kind: FieldType, length: int = 0) -> Field:
    """Return a field that only the platform writes and that may be empty."""
    return replace(system(name, label, kind, length), nillable=True, defaulted=False)


def refers(field: Field, *targets: str) -> Field:
    """Return the field as a reference to records of the target objects."""
    relation = field.name.removesuffix("Id") if field.name.endswith("Id") else None
    return replace(field, length=18, refers_to=targets, relation=relation)


def long_text(name: str, label: str, length: int = 32_000) -> Field:
    """Return a long text area: it can be neither filtered nor sorted by."""
    return Field(name, label, "textarea", length, filterable=False, sortable=False, groupable=False)


def pick(name: str, label: str, length: int, values: tuple[str, ...]) -> Field:
    """Return a picklist that takes other values, too."""
    return Field(name, label, "picklist", length, values=values)


def flag(name: str, label: str) -> Field:
    """Return a checkbox that only the platform writes."""
    return replace(system(name, label, "boolean"), default=False)


def identity(label: str) -> Field:
    """Return the field `Id`."""
    return replace(system("Id", label, "id", 18), id_lookup=True)


def owner(*targets: str) -> Field:
    """Return the field `OwnerId`: a reference to a User, or also to a queue (Group)."""
    field = Field(
        "OwnerId", "Owner ID", "reference", nillable=False, defaulted=True, permissionable=False
    )
    return replace(refers(field, *targets), polymorphic=len(targets) > 1)


def audit() -> tuple[Field, ...]:
    """Return who created and changed a record, and when."""
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
    """Return the parts of a name of a person, and the whole name."""
    parts = (
        replace(text("LastName", "Last Name", 80), nillable=False),
        text("FirstName", "First Name", 40),
        pick("Salutation", "Salutation", 40, SALUTATIONS),
    )
    whole = replace(system("Name", "Full Name", "string", 121), defaulted=False, name_field=True)
    return (*(replace(f, compound="Name", permissionable=False) for f in parts), whole)


def address(prefix: str = "") -> tuple[Field, ...]:
    """Return the parts of an address."""
    parts = (
        Field(f"{prefix}Street", f"{prefix} Street".strip(), "textarea", 255),
        text(f"{prefix}City", f"{prefix} City".strip(), 40),
        text(f"{prefix}State", f"{prefix} State/Province".strip(), 80),
        text(f"{prefix}PostalCode", f"{prefix} Zip/Postal Code".strip(), 20),
        text(f"{prefix}Country", f"{prefix} Country".strip(), 80),
    )
    return tuple(replace(f, compound=f"{prefix}Address") for f in parts)


def phone(name: str, label: str) -> Field:
    """Return a field for a phone number."""
    return text(name, label, 40, kind="phone")


def email() -> Field:
    """Return the field `Email`."""
    return replace(text("Email", "Email", 80, kind="email"), id_lookup=True)
