"""Detect: images that are unlike the class a detector was trained on."""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from functools import partial

from hourglass.core.metrics import Metrics
from hourglass.reporting import captions, columns, tables
from hourglass.reporting.captions import Heading
from hourglass.reporting.columns import Column
from hourglass.reporting.found import say_found
from hourglass.reporting.language import say
from hourglass.reporting.pictures import Picture
from hourglass.reporting.plots.anomaly_maps import anomaly_maps, defects
from hourglass.reporting.plots.control_comparison import Control, control_comparison
from hourglass.reporting.plots.labels import LABELS
from hourglass.reporting.plots.roc import roc
from hourglass.reporting.plots.scorer_matrix import scorer_matrix
from hourglass.reporting.results import ReportContext, Result
from hourglass.reporting.section import Breakdown, Section
from hourglass.reporting.verdicts import TOLERANCE, Comparison, Verdict, compare, estimated, off_target, verdicts

PATH = columns.ROC_AUC.path
LOCALISATION = columns.LOCALISATION.path


def detect(results: Sequence[Result], context: ReportContext) -> Section:
    """Over every variant, since each has a detector."""
    mean_image = context.controls["mean_image"]
    roc_auc, localisation = mean_image.number(PATH), mean_image.number(LOCALISATION)
    return Section(
        "detect",
        say(captions.DETECT),
        " ".join([say(captions.DETECT_INTRO, normal=context.normal_name), *_stand_ins(results[0])]),
        _pictures(results, context),
        [
            *verdicts(
                compare(results, PATH, mean_image), say(captions.MEAN_IMAGE_ROC_AUC, value=roc_auc), columns.THREE
            ),
            *verdicts(compare(results, PATH), say(captions.UNTRAINED_ROC_AUC), columns.THREE),
            hardest_class(results, context),
            best_scorers(results),
            *combined_scorers(results),
            calibration(results, context.normal),
            *verdicts(
                compare(results, LOCALISATION, mean_image),
                say(captions.MEAN_IMAGE_LOCALISATION, value=localisation),
                columns.THREE,
            ),
            *verdicts(compare(results, LOCALISATION), say(captions.UNTRAINED_LOCALISATION), columns.THREE),
        ],
        tables.of_variants(results, {say(LABELS.mean_image): mean_image}, _columns(results)),
        _roc_auc_column(results),
        class_by_class(results, context),
    )


def hardest_class(results: Sequence[Result], context: ReportContext) -> Verdict:
    """The class that the detector with the highest ROC-AUC separates least, and which has the highest on that class."""
    best = max(results, key=_roc_auc)
    other, value = min(_by_class(best.metrics).items(), key=lambda item: item[1])
    text = say(
        captions.HARDEST_CLASS,
        normal=context.normal_name,
        other=other,
        best=best.name,
        value=value,
        control=_by_class(context.controls["mean_image"])[other],
    )
    leader = max(results, key=lambda result: _by_class(result.metrics)[other])
    if leader is not best:
        value = _by_class(leader.metrics)[other]
        text += say(captions.HARDEST_CLASS_LEADER, other=other, leader=leader.name, value=value)
    return Verdict(text)


def best_scorers(results: Sequence[Result]) -> Verdict:
    """Which scorers are the best on their own, and on how many variants."""
    counts = Counter(_best_scorer(result, _scorers(result)) for result in results)
    items = [say(captions.SCORER_COUNT, scorer=name, count=count) for name, count in counts.most_common()]
    return Verdict(say(captions.BEST_SCORERS, count=len(results)), items)


def combined_scorers(results: Sequence[Result]) -> list[Verdict]:
    """How many detectors that combine several scorers beat the best of these on its own, beyond 95% intervals."""
    pairs = []
    for result in results:
        scorers = result.metrics.get("detect.scorers")
        if len(scorers) > 1:
            best = _best_scorer(result, scorers)
            pairs.append(
                (best, Comparison(result.name, *(estimated(result.metrics, path) for path in (PATH, _path(best)))))
            )
    if not pairs:
        return []
    losers = [
        say(captions.COMBINED_LOSER, name=one.name, value=one.own.value, control=one.control.value, scorer=scorer)
        for scorer, one in pairs
        if one.loses
    ]
    close = sum(one.close for _, one in pairs)
    text = say(captions.COMBINED, won=len(pairs) - len(losers) - close, count=len(pairs), close=close)
    return [Verdict(text + say(captions.COMBINED_EXCEPT) if losers else text, losers)]


def calibration(results: Sequence[Result], normal: Collection[int]) -> Verdict:
    """Which detectors have clearly more or fewer false alarms on test images than their threshold is set for.

    Args:
        normal: numbers of the normal classes.
    """
    target = results[0].metrics.number("detect.target_false_positive_rate")
    rates = {result.name: result.metrics.number(columns.FALSE_ALARMS.path) for result in results}
    few = [result for result in results if _too_few(result)]
    if few:
        numbers = few[0].metrics
        return Verdict(
            say(
                captions.TOO_FEW_CALIBRATION,
                target=target,
                least=numbers.get("detect.least_calibration_images"),
                count=numbers.get("detect.calibration_images"),
            ),
            [result.name for result in few],
        )
    off = [say(captions.RATE, name=name, rate=rate) for name, rate in rates.items() if off_target(rate, target)]
    if not off:
        return Verdict(say(captions.ON_TARGET, tolerance=TOLERANCE, target=target))
    scores = results[0].scores
    images = (scores["split"] == "validation") & scores["class"].isin(normal)
    return Verdict(say(captions.OFF_TARGET, count=int(images.sum()), tolerance=TOLERANCE, target=target), off)


def _too_few(result: Result) -> bool:
    count, least = (result.metrics.get(f"detect.{name}") for name in ("calibration_images", "least_calibration_images"))
    return bool(count and least and count < least)


def class_by_class(results: Sequence[Result], context: ReportContext) -> Breakdown:
    """ROC-AUC of each detector against each other class alone."""
    by_class = {result.name: _by_class(result.metrics) for result in results}
    # By number, since a path cannot hold a name with a dot.
    shown = [
        Column(captions.COLUMN_NAME.format(name=name), str(number), columns.THREE)
        for number, name in enumerate(by_class[results[0].name])
    ]
    rows = {
        name: Metrics({str(number): value for number, value in enumerate(values.values())})
        for name, values in by_class.items()
    }
    return Breakdown(
        say(captions.CLASS_BY_CLASS),
        say(captions.CLASS_BY_CLASS_INTRO, normal=context.normal_name),
        tables.build(say(captions.VARIANT), rows, {}, shown),
    )


def _pictures(results: Sequence[Result], context: ReportContext) -> list[Picture]:
    roc_auc = context.controls["mean_image"].number(PATH)
    best = max(results, key=_roc_auc)
    names = {"best": best.name, "normal": context.normal_name}
    control = Control(say(LABELS.mean_image), roc_auc)
    return [
        Picture(
            "detection",
            captions.DETECTION.said(),
            partial(control_comparison, results, PATH, say(LABELS.roc_auc), control),
        ),
        Picture("roc", captions.ROC.said(), partial(roc, results)),
        Picture("scorers", captions.SCORERS.said(), partial(scorer_matrix, results, roc_auc)),
        Picture(
            "anomaly_maps",
            captions.BEST_ANOMALY_MAPS.said(**names),
            partial(anomaly_maps, best, context.shown),
        ),
        Picture("defects", captions.BEST_DEFECTS.said(**names), partial(defects, best)),
    ]


def _columns(results: Sequence[Result]) -> list[Column]:
    """The columns, with the target in the hint of the false-positive rate."""
    target = results[0].metrics.number("detect.target_false_positive_rate")
    alarms = columns.FALSE_ALARMS
    heading = Heading(alarms.heading.title, captions.TARGET_HINT).format(hint=alarms.hint, target=target)
    replaced = {
        alarms: replace(alarms, heading=heading),
        columns.ROC_AUC: _roc_auc_column(results),
    }
    return [replaced.get(column, column) for column in columns.DETECT]


def _roc_auc_column(results: Sequence[Result]) -> Column:
    """The column of the ROC-AUC, which says what stands in for anomalies."""
    kinds = results[0].metrics.get("detect.anomalies")
    if not kinds:
        return columns.ROC_AUC
    heading = Heading(captions.SYNTHETIC_ROC_AUC, columns.ROC_AUC.heading.hint).format(kinds=say_found(kinds))
    return replace(columns.ROC_AUC, heading=heading)


def _stand_ins(result: Result) -> list[str]:
    """Sentences on what stands in for anomalies, among test and among validation images; the same for all variants."""
    pairs = ((captions.SYNTHETIC, "detect.anomalies"), (captions.SYNTHETIC_VALIDATION, "detect.validation.anomalies"))
    return [say(text, kinds=say_found(kinds)) for text, path in pairs if (kinds := result.metrics.get(path))]


def _by_class(metrics: Metrics) -> dict[str, float]:
    """ROC-AUC against each other class alone, by its name, which may contain a dot."""
    return metrics.at("detect.by_class").values()


def _scorers(result: Result) -> list[str]:
    """Names of all scorers that were measured on their own."""
    return [name for name, _ in result.metrics.at("detect.by_scorer").items()]


def _best_scorer(result: Result, scorers: Iterable[str]) -> str:
    return max(scorers, key=partial(_alone, result))


def _alone(result: Result, scorer: str) -> float:
    """ROC-AUC of a scorer on its own."""
    return result.metrics.number(_path(scorer))


def _path(scorer: str) -> str:
    return f"detect.by_scorer.{scorer}.roc_auc"


def _roc_auc(result: Result) -> float:
    return result.metrics.number(PATH)
