"""The provider of PostProcessing: runs the post-processors on this computer."""

from __future__ import annotations

from pulumi.dynamic import CreateResult

from pulumi_hyperone.provider.foundation.errors import ProvisionerFailed
from pulumi_hyperone.provider.process.progress import done
from pulumi_hyperone.provider.process.timing import timed
from pulumi_hyperone.provider.resources.base import HyperOneProvider, Props
from pulumi_hyperone.provider.resources.on_machine import build_log
from pulumi_hyperone.provider.schema.post_processing import PostProcessingInputs


class PostProcessingProvider(HyperOneProvider):
    """Runs the post-processors, once for each image; changed ones run again. Outputs: log_file, and its times."""

    inputs = PostProcessingInputs

    @timed
    def create(self, props: Props) -> CreateResult:
        """Run all in order. Raises ProvisionerFailed; the image stays, and the next `pulumi up` runs them again."""
        from pulumi_hyperone.provider.resources.runs import post_process  # noqa: PLC0415 - loads provisioners

        inputs = PostProcessingInputs.of(props)
        with build_log(inputs) as log:
            try:
                post_process(inputs, log)
            except ProvisionerFailed as error:
                raise ProvisionerFailed(f"{error}\n{log.where}") from error
        done(f"post-processed; {log.where}")
        return CreateResult(f"{inputs.image_id}-post-processed", {**props, "log_file": str(log.path)})
