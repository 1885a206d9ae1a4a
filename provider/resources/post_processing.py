"""PostProcessing: what was run on this computer once the image was there."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

import pulumi
from pulumi.dynamic import CreateResult, Resource

from pulumi_hyperone.provider.foundation.errors import Refused
from pulumi_hyperone.provider.process.progress import done
from pulumi_hyperone.provider.process.timing import TIMES, timed
from pulumi_hyperone.provider.provisioners import ShellLocal, parse, run_locally
from pulumi_hyperone.provider.provisioners.build_data import build_data, filled
from pulumi_hyperone.provider.resources.base import HyperOneProvider, Props
from pulumi_hyperone.provider.resources.provisioning import build_log, run_context

SECRETS = ["private_key", "communicator", "post_processors", "masked"]


class PostProcessingProvider(HyperOneProvider):
    """Runs the post-processors, once for each image; changed ones run again. Outputs: log_file, and its times."""

    identities: ClassVar[tuple[str, ...]] = ("build_id", "image_id", "post_processors")
    silent: ClassVar[tuple[str, ...]] = (
        "stack",
        "stack_id",
        "image_key",
        "image_name",
        "state_timeout",
        "vm_id",
        "address",
        "timestamp",
        "private_key",
        "public_key",
        "communicator",
        "build_name",
        "masked",
    )

    @timed
    def create(self, props: Props) -> CreateResult:
        """Run all in order. Raises ProvisionerFailed; the image stays, and the next `pulumi up` runs them again."""
        raw = filled(props["post_processors"], build_data(props))
        steps, faults = parse(raw, Path.cwd(), f"images.{props['image_key']}.post_processors")
        if faults:
            raise Refused("; ".join(str(fault) for fault in faults))
        local = [step for step in steps if isinstance(step, ShellLocal)]
        log = build_log(props)
        image = {"HYPERONE_IMAGE_ID": props["image_id"], "HYPERONE_IMAGE_NAME": props["image_name"]}
        try:
            run_locally(local, run_context(props, log, **image), label="post_processors")
        finally:
            log.close()
        done(f"post-processed; the whole output: {log.path}")
        return CreateResult(f"{props['image_id']}-post-processed", {**props, "log_file": str(log.path)})


class PostProcessing(Resource, module="hyperone", name="PostProcessing"):
    """The post-processors of one image, run."""

    log_file: pulumi.Output[str]
    seconds: pulumi.Output[float]

    def __init__(self, name: str, props: Mapping[str, Any], opts: pulumi.ResourceOptions | None = None) -> None:
        """`props`: those of Provisioning but for provisioners, and image_id, image_name, post_processors."""
        computed = dict.fromkeys(("log_file", *TIMES))
        secrets = pulumi.ResourceOptions(additional_secret_outputs=SECRETS)
        super().__init__(
            PostProcessingProvider(), name, {**computed, **props}, pulumi.ResourceOptions.merge(secrets, opts)
        )
