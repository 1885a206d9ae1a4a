"""Reads the provisioners and post-processors of an image, and finds what is wrong with them.

What a provisioner is, `provider.provisioners` knows; its texts are rendered before, since the provider cannot.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pulumi_hyperone.provider.foundation.faults import Fault, below, join_path, shown
from pulumi_hyperone.provider.foundation.option import those
from pulumi_hyperone.provider.provisioners.build_data import filled, stand_ins
from pulumi_hyperone.provider.provisioners.catalog import parse
from pulumi_hyperone.settings.image_settings import FACTS, ImageSettings

if TYPE_CHECKING:  # loaded with the first provisioner
    from pulumi_hyperone.provider.provisioners.base import Provisioner

POST_OPTION = "post_processors"
LOCAL_TYPE = "shell-local"


def read_steps(
    settings: ImageSettings, rendered: ImageSettings, path: str
) -> tuple[dict[str, Provisioner], list[Fault]]:
    """Read the rendered provisioners and post-processors of the image at `path`.

    Returns those that are the same in every build, by their places, and all that is wrong: types, options, local files.
    """
    changing = {place for (place, _), one in settings.found.texts.items() if one.volatile or one.local}
    found: dict[str, Provisioner] = {}
    faults: list[Fault] = []
    for option in those(FACTS, lambda fact: fact.steps):
        entries = getattr(rendered, option)
        wrong = list(_not_local(entries, path)) if option == POST_OPTION else []
        faults += wrong
        for index, entry in enumerate([] if wrong else entries):
            place = join_path(option, index)
            steps, more = parsed(entry, settings.base_dir, below(path, place))
            faults += more
            if steps and not any(text.startswith(place) for text in changing):
                found[place] = steps[0]
    return found, faults


def _not_local(entries: list[Any], path: str) -> Iterator[Fault]:
    """Post-processors run on this computer only."""
    for index, entry in enumerate(entries):
        kind = entry.get("type") if isinstance(entry, Mapping) else None
        if kind not in {None, LOCAL_TYPE}:
            hint = "; the option manifest: PATH writes one" if kind == "manifest" else ""
            place = join_path(path, POST_OPTION, index, "type")
            yield Fault(place, f"must be {LOCAL_TYPE}, not {shown(kind)}{hint}")


def parsed(entry: Any, base_dir: Path, place: str) -> tuple[list[Provisioner], list[Fault]]:
    """Read one entry; names of files that no system can open (`~nobody/x`, a null character) are faults too."""
    try:
        steps, faults = parse([filled(entry, stand_ins())], base_dir, "")
    except (OSError, RuntimeError, ValueError) as error:
        return [], [Fault(place, f"names a local file that cannot be read: {error}")]
    return steps, [Fault(place + fault.path.removeprefix("[0]"), fault.message) for fault in faults]
