"""Which version of a model the weekly list is scored with, and where its bundle comes from."""

from pathlib import Path

from casefinder.config import Site
from casefinder.engines import Draft, Version, Workspace
from casefinder.errors import ModelError, Problem, one_of
from casefinder.modelling.bundle import Bundle, read_bundle
from casefinder.shipped import shipped

POINTER = "serving.txt"
DEMONSTRATION = "demonstration"


def next_version(draft: Draft) -> int:
    """Return the version number of a model being written."""
    return int(draft.folder.name)


def serve(workspace: Workspace, model: str, version: Version) -> None:
    """Score the weekly list with this version from now on."""
    pointer = workspace / "models" / model / POINTER
    partial = pointer.with_suffix(".partial")
    partial.write_text(f"{version.number}\n", encoding="utf-8")
    partial.replace(pointer)


def serving(workspace: Workspace, model: str) -> Version | None:
    """Return the version that the weekly list is scored with, None where there is none."""
    pointer = workspace / "models" / model / POINTER
    if not pointer.is_file():
        return None
    number = int(pointer.read_text(encoding="utf-8"))
    return next((one for one in workspace.versions(f"models/{model}") if one.number == number), None)


def shipped_bundles() -> dict[str, Path]:
    """Return the bundles that travel with the code, by model."""
    return {path.name: path for path in sorted(shipped("models").iterdir()) if (path / "bundle.json").is_file()}


def bundle_for(site: Site, workspace: Workspace, model: str) -> Bundle:
    """Return the bundle that scores a site: its own, or a demonstration model where that is asked for by name.

    Raises:
        ModelError: the site has none of its own and did not ask for a demonstration model, or the bundle cannot be used.
    """
    asked = site.models.get(model, "")
    own = serving(workspace, model)
    if asked == DEMONSTRATION or (not asked and own is None and site.demonstration):
        return _demonstration(model)
    if asked:
        bundle = read_bundle(site.folder / asked)
    elif own is None:
        problem = Problem(model, "this site has fitted none of its own")
        remedy = (
            f"Fit it: {workspace.command(f'train {model}')}. To try the demonstration's: models: {{{model}: demonstration}}"
        )
        raise ModelError("There is no model to score with:", [problem], remedy)
    else:
        bundle = read_bundle(own / "bundle")
    if bundle.about["demonstration"] and not site.demonstration:
        problem = Problem(bundle.label, f"was fitted on '{bundle.about['site']}', invented people; this is '{site.name}'")
        remedy = f"Fit your own, or ask for it by name in the site file: models: {{{model}: demonstration}}"
        raise ModelError("A demonstration model does not score another site:", [problem], remedy)
    return bundle


def _demonstration(model: str) -> Bundle:
    known = shipped_bundles()
    if model not in known:
        raise ModelError(f"There is no demonstration model called '{model}'; {one_of(model, known)}")
    return read_bundle(known[model])
