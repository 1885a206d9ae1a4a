"""The provider of PostProcessing: runs the post-processors on this computer."""

from __future__ import annotations

from pathlib import Path

from pulumi.dynamic import CreateResult

from pulumi_hyperone.provider.foundation.errors import Refused
from pulumi_hyperone.provider.process.progress import done
from pulumi_hyperone.provider.process.timing import timed
from pulumi_hyperone.provider.provisioners.build_data import filled
from pulumi_hyperone.provider.provisioners.catalog import parse
from pulumi_hyperone.provider.provisioners.run import run_locally
from pulumi_hyperone.provider.provisioners.shell_local import ShellLocal
from pulumi_hyperone.provider.resources.base import HyperOneProvider, Props
from pulumi_hyperone.provider.resources.provisioning import build_log, run_context
from pulumi_hyperone.provider.schema.post_processing import PostProcessingInputs


class PostProcessingProvider(HyperOneProvider):
    """Runs the post-processors, once for each image; changed ones run again. Outputs: log_file, and its times."""

    inputs = PostProcessingInputs

    @timed
    def create(self, props: Props) -> CreateResult:
        """Run all in order. Raises ProvisionerFailed; the image stays, and the next `pulumi up` runs them again."""
        inputs = PostProcessingInputs.of(props)
        raw = filled(inputs.post_processors, inputs.build_data)
        steps, faults = parse(raw, Path.cwd(), f"images.{inputs.image_key}.post_processors")
        if faults:
            raise Refused("; ".join(str(fault) for fault in faults))
        local = [step for step in steps if isinstance(step, ShellLocal)]
        log = build_log(inputs)
        image = {"HYPERONE_IMAGE_ID": inputs.image_id, "HYPERONE_IMAGE_NAME": inputs.image_name}
        try:
            run_locally(local, run_context(inputs, log, **image), label="post_processors")
        finally:
            log.close()
        done(f"post-processed; the whole output: {log.path}")
        return CreateResult(f"{inputs.image_id}-post-processed", {**props, "log_file": str(log.path)})
