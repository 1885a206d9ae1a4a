"""`source_image_filter`: which image of the project a build starts from, where it is not named."""

from __future__ import annotations

from pydantic import Field

from pulumi_hyperone.provider.foundation.weak_types import WeakBool, WeakModel, WeakStr, WeakStrMap


class SourceImageFilter(WeakModel):
    """The image that has all `tags` and a name that matches `name` (`*`, `?`, `[abc]`).

    With `newest` the newest of several.
    """

    tags: WeakStrMap = Field(default_factory=dict)
    name: WeakStr = ""
    newest: WeakBool = False
