"""The card of an exported file, as Markdown: what it takes and gives, how to call it, and the detector's own card."""

from hourglass.export.agreement import Agreement
from hourglass.export.formats import Onnx, Torch
from hourglass.export.source import Source

TEXT = """\
# {name}: an anomaly detector

{card}

**File.** `{file}`, {title}. Scaling of pixels, networks, scorers and threshold are inside. Decoding and resizing are
not: bring images to {width} x {height} pixels (width x height) and {channels} first. {fitting}

| name | type | shape | what |
|---|---|---|---|
| `images` (input) | uint8 | N, {shape} | pixels from 0 to 255, any number of images |
| `score` | float32 | N | higher is more anomalous |
| `anomaly` | bool | N | whether the score exceeds {threshold:.4f} |
| `map` | float32 | N, {sides} | how anomalous each pixel is; 1 is the mean over normal images |

**Agreement.** When it was written: {agreement}.

**Call.**

```python
{call}
```
"""


FITTING = {
    "pad": "Training images of another shape kept their aspect ratio and were filled up with black (`fit: pad`).",
    "stretch": "Training images of another shape were stretched (`fit: stretch`).",
}


def text(source: Source, form: Onnx | Torch, file: str, agreement: Agreement) -> str:
    """The card of the exported file called `file`."""
    shape = source.detector.image_shape
    channels, height, width = shape
    sizes = ", ".join(map(str, shape))
    return TEXT.format(
        name=source.name,
        card=source.card,
        file=file,
        title=form.title,
        shape=sizes,
        sides=f"{height}, {width}",
        width=width,
        height=height,
        channels="one channel" if channels == 1 else f"{channels} channels",
        fitting=FITTING[source.detector.image_fit],
        threshold=source.detector.threshold,
        agreement=agreement,
        call=form.call.format(file=file, shape=sizes),
    )
