"""Images that other projects may use: granted after the boot test, changed in place, kept by destroy."""

from __future__ import annotations

from tests.support.options import covers
from tests.support.stacks import image


def rights(cloud, image_id: str) -> list[str]:
    """Who else may use an image, as the cloud says."""
    return sorted(cloud.get(f"/v1/image/{image_id}/accessrights"))


@covers("image_access_rights")
def test_an_image_is_shared_after_its_boot_test_and_follows_the_list(stack, cloud):
    """A failed test shares nothing; an interrupted grant goes on; the list is followed in place; destroy keeps it."""
    web = {"release": "after-image", "on_verify_failure": "quarantine"}
    stack.configure({"web": image(**web, verify=["false"], image_access_rights=["*"])})
    stack.up().failed("failed its boot test")
    (bad,) = cloud.images()
    assert rights(cloud, bad["id"]) == []

    cloud.fault(operation="image.accessrights.add", action="fail", status=403, nth=2)
    stack.configure({"web": image(**web, verify=["true"], image_access_rights=["first", "second"])})
    stack.up().failed("403")
    (made,) = (found for found in cloud.images() if found["id"] != bad["id"])
    assert rights(cloud, made["id"]) == ["first"]
    stack.configure({"web": image(**web, verify=["true"], image_access_rights=["second", "*"])})
    stack.up().ok()
    assert rights(cloud, made["id"]) == ["*", "second"], "what an up that failed had granted is taken back too"
    assert "unchanged" in stack.up().ok().text

    cloud.send("DELETE", f"/v1/image/{made['id']}/accessrights/*")
    cloud.send("POST", f"/v1/image/{made['id']}/accessrights", {"identity": "by-hand"})
    stack.refresh().ok()
    stack.up().ok()
    assert rights(cloud, made["id"]) == ["*", "by-hand", "second"]
    stack.configure({"web": image(**web, verify=["true"])})
    stack.up().ok()
    assert rights(cloud, made["id"]) == ["by-hand"], "all of the list went with the option"
    stack.configure({"web": image(**web, verify=["true"], image_access_rights=["second"])})
    stack.up().ok()
    stack.destroy().ok()
    assert rights(cloud, made["id"]) == ["by-hand", "second"]
    cloud.assert_only_images(bad["id"], made["id"])
