"""The command `hourglass export`: a detector as one file for other programs, with its card beside it."""

from pathlib import Path

from hourglass.core.errors import SettingsError
from hourglass.core.files import replacing, write_text
from hourglass.export import agreement, card, source
from hourglass.export.formats import FORMATS, require_onnx
from hourglass.export.trace import trace

CARD = ".md"


def main(model: str, form: str, out: Path, start: Path) -> None:
    """Write the detector that `model` means to `out`, and its card beside it.

    Args:
        model, start: as of `prediction.models.find`. form: `onnx` or `torch`.

    Raises:
        HourglassError: it cannot be exported, or would score otherwise than the detector; nothing is written.
    """
    if out.suffix != FORMATS[form].suffix:
        raise SettingsError(f"--out: {out.name!r} must end in {FORMATS[form].suffix} with --format {form}")
    if form == "onnx":
        require_onnx()
    found = source.find(model, start)
    exported = FORMATS[form](trace(found.detector))
    with replacing(out) as partial:
        exported.write(partial, {})
        agreed = agreement.compare(exported.read(partial), found)
        text = card.text(found, exported, out.name, agreed)
        exported.write(partial, {"card": text})
        write_text(out.with_suffix(CARD), text)
    print(f"wrote {out} and {out.with_suffix(CARD).name}; {agreed}")
