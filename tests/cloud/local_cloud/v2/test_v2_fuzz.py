"""The robustness of v2: whatever its description allows or not, there is never a 500."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pulumi_hyperone.local_cloud import LocalCloud
from tests.cloud.local_cloud import schema_run

pytestmark = pytest.mark.cloud

KEPT = [{"key": "protected", "value": "yes"}]


def parameters(v2: Any) -> dict[str, str]:
    """One object of each noun, protected from deletes, by the names that paths have for their ids."""
    vm = v2.vm(start=False, tag=KEPT)
    adapter = v2.ok("GET", v2.netadps)[0]
    found = {
        "locationId": "pl-waw-1",
        "projectId": v2.local.project,
        "vmId": vm["id"],
        "diskId": v2.ok("GET", v2.disks)[0]["id"],
        "imageId": v2.ok("POST", v2.images, {"name": "i", "vm": vm["id"], "tag": KEPT})["id"],
        "networkId": v2.ok("POST", v2.networks, {"name": "n", "tag": KEPT})["id"],
        "netadpId": adapter["id"],
        "ipId": v2.ok("GET", f"{v2.ips}?associated.netadp={adapter['id']}")[0]["id"],
        "saId": v2.passport["subject_id"].rpartition("/")[2],
        "serviceId": v2.ok("GET", v2.services)[0]["id"],
    }
    v2.ok("PUT", f"{v2.project}/tag", KEPT)
    return found


def test_schema_run_has_no_server_error(tmp_path: Path, new_v2: Any) -> None:
    """Schemathesis over every route of v2 on real objects: no 5xx, no broken connection, no traceback."""
    with LocalCloud.start(tmp_path / "home") as cloud:
        v2 = new_v2(cloud)
        known = parameters(v2)
        config = "[parameters]\n" + "".join(f'"path.{name}" = "{value}"\n' for name, value in known.items())
        headers = {"authorization": f"Bearer {v2.access_token()}"}
        reached = schema_run.run(cloud, f"{v2.base}/openapi.json", config, headers, tmp_path)
    assert len(reached) > 60, sorted(reached)
