"""The communicator's options: Packer's names and meanings, safer defaults where docs/communicator.md says so."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import Field, field_validator, model_validator

from pulumi_hyperone.provider.foundation.option import Option
from pulumi_hyperone.provider.foundation.weak_types import (
    Duration,
    Secret,
    WeakBool,
    WeakInt,
    WeakModel,
    WeakStr,
    WeakStrList,
)
from pulumi_hyperone.provider.ssh.defaults import DEFAULT_PORT, DEFAULT_RSA_BITS, DEFAULT_USERNAME

KNOWN_CIPHERS = ("aes128-gcm@openssh.com", "aes256-gcm@openssh.com", "aes128-ctr", "aes192-ctr", "aes256-ctr")
"""Fastest first; the CBC modes and 3DES are left out on purpose."""
WAITABLE = ("ssh", "cloud-init")

_Port = Annotated[WeakInt, Field(ge=1, le=65535)]
_Password = Annotated[WeakStr, Secret(), Field(repr=False)]
_Seconds = Annotated[Duration, Field(ge=0)]


class CommunicatorOptions(WeakModel):
    """How to reach the machine; mix it into the settings of an image. Durations are seconds once decoded.

    An empty text is the same as an absent option. Local files are checked by `communicator_faults`.
    """

    old_names: ClassVar[Mapping[str, str]] = {
        "ssh_wait_timeout": "ssh_timeout",
        "ssh_file_transfer": "ssh_file_transfer_method",
        "ssh_key_path": "ssh_private_key_file",
        "ssh_user": "ssh_username",
    }

    communicator: Annotated[Literal["ssh", "none"], Option(shapes=True)] = "ssh"
    wait_for: WeakStrList = Field(default_factory=lambda: ["ssh"])
    pause_before_connecting: _Seconds = 0.0

    ssh_host: Annotated[WeakStr, Option(text="host")] = ""
    ssh_port: _Port = DEFAULT_PORT
    ssh_username: Annotated[WeakStr, Field(min_length=1), Option(content="shown", system_disk=True, text="user")] = (
        DEFAULT_USERNAME
    )
    ssh_password: _Password = ""
    ssh_private_key_file: Annotated[WeakStr, Option(file=True)] = ""
    ssh_certificate_file: Annotated[WeakStr, Option(file=True, judged_with="ssh_private_key_file")] = ""
    ssh_agent_auth: WeakBool = False
    ssh_disable_agent_forwarding: WeakBool = True
    ssh_clear_authorized_keys: Annotated[WeakBool, Option(content="shown", system_disk=True)] = False
    temporary_key_pair_type: Annotated[Literal["ed25519", "rsa"], Option(shapes=True)] = "ed25519"
    temporary_key_pair_bits: Annotated[WeakInt, Option(shapes=True)] = 0

    ssh_timeout: Annotated[Duration, Field(gt=0)] = 600.0
    ssh_handshake_attempts: Annotated[WeakInt, Field(ge=0)] = 10
    ssh_keep_alive_interval: Duration = 15.0
    ssh_read_write_timeout: _Seconds = 0.0

    ssh_pty: WeakBool = False
    ssh_ciphers: WeakStrList = Field(default_factory=list)
    ssh_key_exchange_algorithms: WeakStrList = Field(default_factory=list)
    ssh_file_transfer_method: Literal["scp", "sftp"] = "scp"

    ssh_bastion_host: Annotated[WeakStr, Option(text="host")] = ""
    ssh_bastion_port: _Port = DEFAULT_PORT
    ssh_bastion_username: Annotated[WeakStr, Option(text="user")] = ""
    ssh_bastion_password: _Password = ""
    ssh_bastion_private_key_file: Annotated[WeakStr, Option(file=True)] = ""
    ssh_bastion_certificate_file: Annotated[WeakStr, Option(file=True, judged_with="ssh_bastion_private_key_file")] = ""
    ssh_bastion_agent_auth: WeakBool = False

    ssh_proxy_host: Annotated[WeakStr, Option(text="host")] = ""
    ssh_proxy_port: _Port = 1080
    ssh_proxy_username: WeakStr = ""
    ssh_proxy_password: _Password = ""
    ssh_proxy_type: Literal["socks5", "http"] = "socks5"

    @field_validator("communicator", mode="before")
    @classmethod
    def _no_winrm(cls, value: Any) -> Any:
        if value == "winrm":
            raise ValueError("winrm is not supported: HyperOne images are provisioned over SSH; use ssh or none")
        return value or "ssh"

    @field_validator("temporary_key_pair_type", "ssh_file_transfer_method", "ssh_proxy_type", mode="before")
    @classmethod
    def _empty_is_default(cls, value: Any, info: Any) -> Any:
        return cls.model_fields[info.field_name].default if value == "" else value

    @field_validator("wait_for")
    @classmethod
    def _known_waits(cls, value: list[str]) -> list[str]:
        return _among(value, WAITABLE)

    @field_validator("ssh_ciphers")
    @classmethod
    def _known_ciphers(cls, value: list[str]) -> list[str]:
        return _among(value, KNOWN_CIPHERS)

    @field_validator("ssh_key_exchange_algorithms")
    @classmethod
    def _known_exchanges(cls, value: list[str]) -> list[str]:
        import paramiko  # noqa: PLC0415 - few settings choose key exchanges

        return _among(value, tuple(paramiko.Transport._preferred_kex))  # type: ignore[attr-defined]

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.ssh_bastion_host and self.ssh_proxy_host:
            raise ValueError("ssh_bastion_host and ssh_proxy_host exclude each other; remove one of them")
        if self.ssh_certificate_file and not self.ssh_private_key_file:
            raise ValueError("ssh_certificate_file needs ssh_private_key_file, the key that was signed")
        if self.ssh_bastion_certificate_file and not self.ssh_bastion_private_key_file:
            raise ValueError("ssh_bastion_certificate_file needs ssh_bastion_private_key_file, the key that was signed")
        bits = self.temporary_key_pair_bits
        if bits and self.temporary_key_pair_type == "ed25519":
            raise ValueError("temporary_key_pair_bits is only for temporary_key_pair_type rsa: ed25519 has one size")
        if bits and not 2048 <= bits <= 16384:
            raise ValueError(f"temporary_key_pair_bits must be from 2048 to 16384 (0: {DEFAULT_RSA_BITS}), not {bits}")
        return self


def _among(values: list[str], known: tuple[str, ...]) -> list[str]:
    unknown = [value for value in values if value not in known]
    if unknown:
        raise ValueError(f"{', '.join(map(repr, unknown))} is unknown; known are {', '.join(known)}")
    return values
