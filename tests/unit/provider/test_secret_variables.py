"""Which environment variables of provisioners are masked in logs."""

from __future__ import annotations

from pulumi_hyperone.provider.resources.on_machine import secret_variables


def test_variables_with_secret_names_are_secrets_however_they_are_given():
    """Lists, comma texts and maps count; names decide."""
    provisioners = [
        {"environment_vars": ["DB_PASSWORD=hunter22", "LANG=C.UTF-8", "API_TOKEN=a=b=c"]},
        {"environment_vars": "client_secret=sesame,HOME=/root"},
        {"env": {"AWS_ACCESS_KEY_ID": "AKIA1234", "KEYBOARD": "de-latin1", "PASSWORD": "abc"}},
        {"ansible_env_vars": ["ANSIBLE_VAULT_PASSWORD=vault9", "ANSIBLE_FORCE_COLOR=0"]},
        {"type": "sleep"},
    ]
    assert secret_variables(provisioners) == ["hunter22", "a=b=c", "sesame", "AKIA1234", "abc", "vault9"]
