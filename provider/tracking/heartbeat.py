"""A heartbeat on the builder while a build works on it, so that no sweep elsewhere takes it for a leftover."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from pulumi_hyperone.provider.api.cloud import Cloud
from pulumi_hyperone.provider.foundation.errors import HyperOneError
from pulumi_hyperone.provider.tracking.identity import ALIVE_TAG

INTERVAL = 120.0


def now() -> str:
    """The present as RFC 3339 UTC, in whole seconds."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@contextmanager
def beating(client: Cloud, vm_id: str) -> Iterator[None]:
    """Renew the VM's heartbeat every two minutes while the block runs; failing to do so fails nothing."""
    done = threading.Event()

    def beat() -> None:
        while not done.wait(INTERVAL):
            try:
                client.vms.add_tags(vm_id, {ALIVE_TAG: now()})
            except HyperOneError:
                continue

    thread = threading.Thread(target=beat, name=f"heartbeat-{vm_id}", daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
