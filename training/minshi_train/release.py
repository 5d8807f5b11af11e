"""Put a verified model where the runtime finds it: model, manifest with its provenance, and the model card."""

from __future__ import annotations

import json
import logging
from pathlib import Path

from packaging.version import InvalidVersion, Version

from minshi.bundle import MANIFEST_FILE, MODEL_FILE, Bundle, load_bundle
from minshi.errors import ConfigError, ModelError
from minshi.writers import atomic_file
from minshi_train.card import CARD_FILE, render_card
from minshi_train.config import Config, trained_models
from minshi_train.folders import DATA_MANIFEST
from minshi_train.hashing import file_sha256
from minshi_train.jsonfile import write_json
from minshi_train.provenance import read_export, read_provenance
from minshi_train.verify import check_gates

_log = logging.getLogger(__name__)


def check_target(config: Config) -> None:
    """Refuse before a run what its release would come to: what it was made from replaced, or a higher version.

    Raises:
        ConfigError: it would replace what it was made from, so that the same run would train anew from it.
        ModelError: the model there has a higher version.
    """
    for key, place in trained_models(config):
        if place.resolve() == config.release_to.resolve():
            raise ConfigError(f"{key}: {place} is where this run releases to: copy it first, or name another folder with --to")
    check_version(config.version, config.release_to, same=True)
    if released_version(config.release_to) == config.version:
        _log.warning("%s holds version %s already: any other model needs a higher one", config.release_to, config.version)


def release(config: Config, run_dir: Path, target: Path) -> None:
    """Copy run_dir/export/int8 to `target`; each file appears whole or not at all, the manifest last.

    Raises:
        ModelError: the run was not verified, did not pass, was exported again since, was trained with another configuration or
            on other data than the run directory now holds, or `target` holds a model that it was not compared with,
            or that has a version as high.
    """
    source = run_dir / "export" / "int8"
    bundle = load_bundle(source)
    try:
        report = json.loads((run_dir / "verify.json").read_text(encoding="utf-8"))
        build = json.loads((run_dir / "data" / DATA_MANIFEST).read_text(encoding="utf-8"))
    except OSError:
        raise ModelError(f"{run_dir}: not verified; run `minshi-train verify` first") from None
    provenance = read_provenance(config, run_dir / "checkpoints")
    exported = read_export(config, run_dir, bundle.manifest)
    if "slices" not in report:
        raise ModelError(f"{run_dir}: verified by an older minshi-train; run `minshi-train verify` first")
    check_gates(config.gates, report)
    if report["sha256"] != bundle.sha256:
        raise ModelError(f"{run_dir}: exported again after it was verified; run `minshi-train verify` first")
    if provenance["data_sha256"] != {split: entry["sha256"] for split, entry in build["splits"].items()}:
        raise ModelError(f"{run_dir}: its data was built again after training; run `minshi-train train` first")
    compared = report.get("released", {}).get("sha256")
    if (target / MODEL_FILE).exists() and file_sha256(target / MODEL_FILE) not in (compared, bundle.sha256):
        raise ModelError(f"{target}: {_why_not_replaced(target, bundle)}")
    check_version(bundle.version, target, same=_holds(target, bundle))
    provenance |= {"export": exported, "gates": config.gates.model_dump(mode="json")}
    kept = {key: value for key, value in bundle.manifest.items() if key != "export"}
    manifest = {**kept, "provenance": provenance, "metrics": report["test"]["int8"], "point_metrics": report.get("points", {})}
    card = render_card(config, bundle, build, report, provenance)
    target.mkdir(parents=True, exist_ok=True)
    for name, content in {MODEL_FILE: bundle.model, CARD_FILE: card.encode()}.items():
        with atomic_file(target / name) as file:
            file.write(content)
    write_json(target / MANIFEST_FILE, manifest)


def check_version(new: str, target: Path, *, same: bool) -> None:
    """Raise ModelError unless a version is higher than that of the model in `target`, as PEP 440 orders them.

    Args:
        same: it may be equal too, as that of the very same model is.
    """
    old = released_version(target)
    if old is None or (same and old == new):
        return
    try:
        is_higher = Version(new) > Version(old)  # 0.10.0 > 0.10.0rc1 > 0.9.0
    except InvalidVersion as err:
        raise ModelError(f"{target}: its version cannot be compared with {new} ({err}); release elsewhere (--to)") from None
    if not is_higher:
        raise ModelError(f"{target}: holds version {old}, and {new} is not higher: --set version=…, or release elsewhere (--to)")


def released_version(target: Path) -> str | None:
    """Return the version of the model in a folder; None where there is none, or what is there is no whole model."""
    try:
        return load_bundle(target).version
    except ModelError:
        return None


def _holds(target: Path, bundle: Bundle) -> bool:
    return (target / MODEL_FILE).exists() and file_sha256(target / MODEL_FILE) == bundle.sha256


def _why_not_replaced(target: Path, new: Bundle) -> str:
    """Say why a model that the new one was not compared with stays, and what to do."""
    try:
        labels = load_bundle(target).schema.labels
    except ModelError:  # replaced by hand, or half of a release
        labels = new.schema.labels
    if labels != new.schema.labels:
        return f"holds a model of other labels ({', '.join(labels)}), not to be compared; delete it or release elsewhere (--to)"
    return "holds another model than was compared with; `run --from verify` with it as release_to or --to"
