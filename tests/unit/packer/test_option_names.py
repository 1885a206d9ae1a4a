"""Names of options that differ between Packer and this project."""

from __future__ import annotations

import json
from collections.abc import Callable

from pulumi_hyperone.packer.option_names import OLD_NAMES, PACKER_ONLY, builder_options
from pulumi_hyperone.packer.result import ImportResult

Importer = Callable[..., ImportResult]


def test_nothing_that_works_here_is_called_unsupported() -> None:
    """The list of options that have no counterpart holds none that images have."""
    assert not builder_options() & {*PACKER_ONLY, *OLD_NAMES}
    assert builder_options() >= set(OLD_NAMES.values())


def test_an_older_name_that_packer_takes_is_taken(imported_text: Importer) -> None:
    """`ssh_wait_timeout` arrives as `ssh_timeout`, and the report names the line as it is in the template."""
    builder = {"type": "hyperone", "vm_type": "a1.nano", "disk_size": 1, "ssh_wait_timeout": "3m", "source_image": "x"}
    result = imported_text(json.dumps({"builders": [builder]}), name="web.json")
    assert result.faults == ()
    assert result.dropped == ()
    assert result.images["web"].options["ssh_timeout"] == "3m"
    assert "builders[0].ssh_wait_timeout" in {row.path for row in result.report if row.kind == "read"}


def test_options_about_packers_own_proxy_are_skipped(imported_text: Importer) -> None:
    """Ansible connects by itself here: `use_proxy` is nothing that is missed, `inventory_file` is."""
    builder = {"type": "hyperone", "vm_type": "a1.nano", "disk_size": 1, "source_image": "x"}
    step = {"type": "ansible", "playbook_file": "site.yml", "use_proxy": False, "inventory_file": "hosts"}
    result = imported_text(json.dumps({"builders": [builder], "provisioners": [step]}), name="web.json")
    kinds = {row.path: row.kind for row in result.report if row.path.startswith("provisioners[0].")}
    assert kinds == {
        "provisioners[0].playbook_file": "read",
        "provisioners[0].use_proxy": "skipped",
        "provisioners[0].inventory_file": "dropped",
    }
    assert "use_proxy" not in result.images["web"].options["provisioners"][0]
