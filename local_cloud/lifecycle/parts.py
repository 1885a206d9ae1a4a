"""What every part of the object lifecycle works with."""

from __future__ import annotations

from dataclasses import dataclass

from local_cloud.events import Events
from local_cloud.home import Home
from local_cloud.machine_kinds import MachineKinds
from local_cloud.store import Store


@dataclass(frozen=True)
class Parts:
    """The folders, the records, the events, and the machines of a cloud."""

    home: Home
    store: Store
    events: Events
    kinds: MachineKinds
