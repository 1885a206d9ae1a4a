"""The custom resources of the package, as the engine asks for them."""

from __future__ import annotations

import pytest
from google.protobuf import struct_pb2
from pulumi.runtime import proto

from pulumi_hyperone.plugin import resources
from pulumi_hyperone.provider.foundation.errors import SettingsError


@pytest.mark.parametrize("name", ["Image", "HyperOneImage"])
def test_an_import_is_refused_with_what_takes_over_an_image(name):
    """Resource or component: what was imported would be no build's, and the next `up` would delete it."""
    request = proto.ReadRequest(id="6b0ca0dc75a18a35772e6891", urn=f"urn:pulumi:dev::home::hyperone:index:{name}::web")
    with pytest.raises(SettingsError, match=r"^6b0ca0dc75a18a35772e6891: .* imported; the option existing_id "):
        resources.read(request)


def test_a_resource_whose_outputs_all_repeat_its_inputs_is_read():
    """Such outputs are not in the state, so that inputs alone tell it from an import."""
    inputs = struct_pb2.Struct()
    inputs.update({"build_id": "b"})
    urn = "urn:pulumi:dev::home::hyperone:index:Release::web-release"
    assert resources.read(proto.ReadRequest(id="b", urn=urn, inputs=inputs)).id == "b"
