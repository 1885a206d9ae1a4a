"""Rendering of the Go templates that Packer settings are written in.

`renderer.render` fills a text, `check.check` finds its faults without values, `TemplateContext` says what is known.
What is known only later (the device of a chroot build, the timestamp of a build) can be kept in the text: the result
is a template again, to be rendered when the value is there.
"""

from pulumi_hyperone.settings.template.context import PACKER_VERSION, Rendered, TemplateContext, time_ordered_uuid
from pulumi_hyperone.settings.template.errors import TemplateError, TemplateFault

__all__ = [
    "PACKER_VERSION",
    "Rendered",
    "TemplateContext",
    "TemplateError",
    "TemplateFault",
    "time_ordered_uuid",
]
