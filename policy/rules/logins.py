"""How builds log in to their machines, and what login they leave in the image."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from rules.rule import OFF, TEXTS, rule
from rules.subject import Subject, known_texts

_UNCHECKED = re.compile(
    r"StrictHostKeyChecking[\s=\"']*(?:no|off)\b"
    r"|UserKnownHostsFile[\s=\"']*/dev/null"
    r"|(?:ANSIBLE_HOST_KEY_CHECKING|host_key_checking)[\s=:\"']*(?:false|no|off|0)\b",
    re.IGNORECASE,
)
_OPTIONS = {"allowed_options": {**TEXTS, "default": []}}


def _communicator(provisioning: Subject) -> Any:
    return provisioning.get("communicator", {})


def _used(provisioning: Subject, *options: str, why: str) -> Iterator[str]:
    """Say of each option that is set and not among the rule's `allowed_options` why it should not be."""
    for option in options:
        if _communicator(provisioning).get(option) and option not in provisioning.config["allowed_options"]:
            yield f"{provisioning.image}.{option}: {why}"


@rule("no-ssh-agent", "Neither builds nor their machines use anybody's ssh-agent.", "Provisioning", config=_OPTIONS)
def no_ssh_agent(provisioning: Subject) -> Iterator[str]:
    """Agent logins and agent forwarding, except for `allowed_options`."""
    why = "the build depends on keys of whoever runs it; remove it, the temporary key is enough"
    yield from _used(provisioning, "ssh_agent_auth", "ssh_bastion_agent_auth", why=why)
    option = "ssh_disable_agent_forwarding"
    if _communicator(provisioning).get(option) is False and option not in provisioning.config["allowed_options"]:
        yield f"{provisioning.image}.{option}: lends your keys to the machine; remove it or set it to true"


@rule("no-private-key-files", "Builds use no private keys from files.", "Provisioning", config=_OPTIONS)
def no_private_key_files(provisioning: Subject) -> Iterator[str]:
    """Key files can only be used without a passphrase, so they are readable by whoever gets the file."""
    why = "is a private key without a passphrase in a file; remove it, each build makes a key of its own"
    yield from _used(provisioning, "ssh_private_key_file", "ssh_bastion_private_key_file", why=why)


@rule("host-keys-checked", "No provisioner switches off the check of SSH host keys.", "Provisioning")
def host_keys_checked(provisioning: Subject) -> Iterator[str]:
    """The options of OpenSSH and Ansible that do so, anywhere in provisioners and chroot commands."""
    for option in ("provisioners", "chroot"):
        for place, text in known_texts(provisioning.get(option, []), option):
            # A variable's name is the key, its value the text.
            if _UNCHECKED.search(text) or _UNCHECKED.search(f"{place.rpartition('.')[2]}={text}"):
                yield (
                    f"{provisioning.image}.{place}: accepts any host key; "
                    "remove that and put the host's key into known_hosts"
                )


@rule("authorized-keys-cleared", "Images hold no key of their build.", "Provisioning", level=OFF)
def authorized_keys_cleared(provisioning: Subject) -> Iterator[str]:
    """The temporary key is on the system disk, which a chroot build does not make an image of."""
    if provisioning.get("chroot") or _communicator(provisioning).get("ssh_clear_authorized_keys"):
        return
    yield (
        f"{provisioning.image}.ssh_clear_authorized_keys: the key of the build stays in the image, and whoever can "
        "read the stack's secrets can log in with it; set it to true"
    )
