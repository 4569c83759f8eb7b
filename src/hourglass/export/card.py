"""The card of an exported file, as Markdown: what it takes and gives, how to call it, and the detector's own card."""

from hourglass.export.agreement import Agreement
from hourglass.export.formats import Onnx, Torch
from hourglass.export.source import Source

TEXT = """\
# {name}: an anomaly detector

{card}

**File.** `{file}`, {title}. Preprocessing, networks, scorers and threshold are inside.

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


def text(source: Source, form: Onnx | Torch, file: str, agreement: Agreement) -> str:
    """The card of the exported file called `file`."""
    shape = source.detector.image_shape
    sizes = ", ".join(map(str, shape))
    return TEXT.format(
        name=source.name,
        card=source.card,
        file=file,
        title=form.title,
        shape=sizes,
        sides=", ".join(map(str, shape[1:])),
        threshold=source.detector.threshold,
        agreement=agreement,
        call=form.call.format(file=file, shape=sizes),
    )
