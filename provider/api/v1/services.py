"""Services: the cloud's price list, which names VM, disk, adapter and image types (API facts 2.5)."""

from __future__ import annotations

import builtins
from collections.abc import Mapping

from pulumi_hyperone.provider.api.models import Service
from pulumi_hyperone.provider.api.v1.collection import Readable


class Services(Readable[Service]):
    """Services; `get` takes an id or a name."""

    noun = "service"
    path = "/service"
    model = Service

    def list(
        self,
        name: str | None = None,
        tags: Mapping[str, str] | None = None,
        *,
        resource: str | None = None,
        type: str | None = None,  # noqa: A002 - the API's word for it
    ) -> builtins.list[Service]:
        """Services with this name, of this resource (vm, disk, netadp, image) and this type (flavour)."""
        wanted = {"name": name, "resource": resource, "type": type}
        params = {key: value for key, value in wanted.items() if value is not None}
        found = self._search(params, tags or {})
        return [item for item in found if all(getattr(item, key) == value for key, value in params.items())]
