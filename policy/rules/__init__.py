"""The rules, one module for each group."""

from rules import images, logins, machines, secrets, sources

RULES = [
    machines.vm_type_allowed,
    machines.disk_size_limited,
    machines.no_public_address,
    machines.state_timeout_bounded,
    sources.source_image_allowed,
    sources.source_image_pinned,
    images.image_name_pattern,
    images.image_tags_required,
    images.image_retained,
    images.image_verified,
    images.residue_refused,
    secrets.no_secret_literals,
    logins.no_ssh_agent,
    logins.no_private_key_files,
    logins.host_keys_checked,
    logins.authorized_keys_cleared,
]
