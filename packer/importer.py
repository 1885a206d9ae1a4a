"""`import_template`: reads a Packer template, JSON or HCL2, and gives the images it describes."""

from __future__ import annotations

import fnmatch
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from pulumi_hyperone.packer.build import Build, Source
from pulumi_hyperone.packer.image import ImageMaker
from pulumi_hyperone.packer.local_access import LocalAccess
from pulumi_hyperone.packer.result import Findings, ImportResult, Place
from pulumi_hyperone.provider.foundation.nearest import did_you_mean
from pulumi_hyperone.settings.rendering import BUILD_TYPE
from pulumi_hyperone.settings.template import TemplateContext

MAX_IMAGES = 100
"""Images one template may have."""


def import_template(
    path: str | Path,
    *,
    variables: Mapping[str, object] | None = None,
    var_files: Sequence[str | Path] = (),
    environ: Mapping[str, str] | None = None,
    only: Sequence[str] = (),
    except_: Sequence[str] = (),
    cwd: Path | None = None,
) -> ImportResult:
    """Read the template at `path`: a `.json` file, a `.pkr.hcl` or `.pkr.json` file, or a folder of those.

    `variables` and `var_files` are what `-var` and `-var-file` are to Packer; `environ` (default: this process's) is
    read for `env` and `PKR_VAR_…`; `only` and `except_` choose builds by name, with `*` and `?`; `cwd` is the folder
    that relative paths in `var_files` and the template's `pwd` mean. Never raises for what is wrong with the template:
    that is in `faults`, all of it.
    """
    findings = Findings()
    environ = dict(os.environ) if environ is None else environ
    cwd = (cwd or Path.cwd()).absolute()
    path = cwd / path
    files = [cwd / one for one in var_files]
    context = TemplateContext(environ=environ, template_dir=str(_folder(path)), cwd=str(cwd), data_fields=frozenset())
    access = LocalAccess(_folder(path), cwd, findings)
    try:
        return _imported(path, dict(variables or {}), files, context, access, chosen=(only, except_))
    except (RecursionError, OSError) as error:
        reason = (
            f"cannot read {path}: {error.strerror}"
            if isinstance(error, OSError)
            else "the template is too deeply nested"
        )
        findings.fault(Place(path.name, 1, 1), reason)
        return ImportResult({}, findings.masked_rows(), findings.masked_faults())


def _folder(path: Path) -> Path:
    return path if path.is_dir() else path.parent


def _imported(
    path: Path,
    given: Mapping[str, object],
    var_files: Sequence[Path],
    context: TemplateContext,
    access: LocalAccess,
    *,
    chosen: tuple[Sequence[str], Sequence[str]],
) -> ImportResult:
    findings = access.findings
    builds, maker = _read(path, given, var_files, context, access)
    images = {}
    names: set[str] = set()
    for build in _chosen(builds, chosen, findings)[:MAX_IMAGES]:
        name = _name(build.source, path, names)
        names.add(name)
        images[name] = maker.image(build, name)
    _note_unused(maker, builds, images, findings)
    if builds and not images and not findings.faults:
        findings.fault(Place(path.name, 1, 1), f"no {BUILD_TYPE} builder is left to import")
    provider = {**maker.provider, **({"api_version": "v2"} if findings.speaks_v2 else {})}
    secrets, taken = frozenset(findings.secrets), tuple(sorted(map(findings.mask, findings.taken)))
    return ImportResult(images, findings.masked_rows(), findings.masked_faults(), provider, secrets, taken)


def _read(
    path: Path, given: Mapping[str, object], var_files: Sequence[Path], context: TemplateContext, access: LocalAccess
) -> tuple[list[Build], ImageMaker]:
    """Read a template in its language; the reader of the other one, which takes its time, is not loaded."""
    if path.is_dir() or path.name.endswith((".pkr.hcl", ".pkr.json")):
        from pulumi_hyperone.packer.hcl.template import hcl_builds  # noqa: PLC0415

        return hcl_builds(path, given, var_files, context, access), ImageMaker(context, access)
    if path.suffix == ".hcl":
        message = "Packer reads HCL2 from files that end in .pkr.hcl; give values of variables with --var-file"
        access.findings.fault(Place(path.name, 1, 1), message)
        return [], ImageMaker(context, access)
    from pulumi_hyperone.packer.json.template import json_builds  # noqa: PLC0415

    builds, variables = json_builds(path, given, var_files, context, access)
    context = replace(context, variables=variables.values, missing_variable="empty")
    return builds, ImageMaker(context, access, variables.sensitive, variables.hidden, places=variables.places)


def _note_unused(maker: ImageMaker, builds: Sequence[Build], images: Mapping[str, object], findings: Findings) -> None:
    """Note variables of a JSON template that nothing uses; with builds left out, nobody can tell."""
    if len(builds) != len(images):
        return
    for name in sorted(maker.places.keys() - findings.used):
        findings.row("skipped", f"variables.{name}", "", maker.places[name], "nothing that was imported uses it")


def _chosen(builds: Sequence[Build], chosen: tuple[Sequence[str], Sequence[str]], findings: Findings) -> list[Build]:
    """Leave out what `only` and `except_` leave out, and builders of other clouds."""
    only, excluded = chosen
    known = {name for build in builds for name in _names(build.source)}
    for pattern in (*only, *excluded):
        if builds and not fnmatch.filter(known, pattern):
            place = builds[0].source.place
            findings.fault(Place(place.file, 1, 1), f'no build is named "{pattern}"{did_you_mean(pattern, known)}')
    left = []
    for build in builds:
        source = build.source
        excludes = any(_matches(source, pattern) for pattern in excluded)
        if excludes or (only and not any(_matches(source, pattern) for pattern in only)):
            findings.row("skipped", source.path, source.label, source.place, "excluded by only or except")
        elif source.kind != BUILD_TYPE:
            note = f"a builder of type {source.kind}; leave it out with --except {source.label}"
            findings.row("dropped", source.path, source.label, source.place, note)
        else:
            left.append(build)
    return left


def _names(source: Source) -> set[str]:
    return {source.label, *source.names}


def _matches(source: Source, pattern: str) -> bool:
    return bool(fnmatch.filter(_names(source), pattern))


def _name(source: Source, path: Path, taken: set[str]) -> str:
    """Make a name for the image: the builder's own, or the file's."""
    stem = re.sub(r"\.pkr$", "", path.stem) if path.is_file() else path.name
    base = re.sub(r"[^A-Za-z0-9_-]+", "-", source.key or stem).strip("-_")[:50] or "image"
    name, number = base, 2
    while name in taken:
        name, number = f"{base}-{number}", number + 1
    return name
