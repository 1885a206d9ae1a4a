"""What every part of the object lifecycle works with."""

from __future__ import annotations

from dataclasses import dataclass

from pulumi_hyperone.local_cloud.lifecycle.events import Events
from pulumi_hyperone.local_cloud.machines.kinds import MachineKinds
from pulumi_hyperone.local_cloud.state.home import Home
from pulumi_hyperone.local_cloud.state.store import Store


@dataclass(frozen=True)
class Parts:
    """The folders, the records, the events, and the machines of a cloud."""

    home: Home
    store: Store
    events: Events
    kinds: MachineKinds
