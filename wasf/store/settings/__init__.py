"""The settings of a run: what a team chose, once, instead of typing it for every sync.

Each setting is declared in one place, as a field of `Settings`: its type, name, default, help line,
and what of `SyncPolicy` it fills. `wasf config`, the environment's `WASF_…` names, the checks of
values follow from that. The topic `settings` has a row for it. `types` has what a value may be.

A value comes from a flag, else from the environment, else from `settings.toml`, else it is the
default. `SettingsFile.load` puts them together and refuses unknown names and wrong values with the
place they stand at; `set` and `unset` change the file and keep the person's comments.

    settings = SettingsFile(folders.settings_file).load(os.environ, {"frequency": "1h"})
    settings.frequency  # timedelta(hours=1)
"""

from wasf.store.settings.file import SettingsFile, how_to_change
from wasf.store.settings.model import SETTINGS, Settings
from wasf.store.settings.types import Origin, Setting, SettingLine
from wasf.store.settings.values import show_fields

__all__ = [
    "SETTINGS", "Origin", "Setting", "SettingLine", "Settings", "SettingsFile", "how_to_change",
    "show_fields",
]  # fmt: skip
