"""Nodes that would compute something else than this machine are named before a rebuild."""

import pytest

from hourglass.cluster import clone, nodes
from hourglass.core.errors import HourglassError
from hourglass.core.origin import VECTOR_INSTRUCTIONS, InstructionSet
from hourglass.core.params import Common


def node(monkeypatch: pytest.MonkeyPatch, **other: str) -> None:
    """A cluster of one node, which is as this machine but for what `other` says."""
    found = clone.describe(nodes.PACKAGES, VECTOR_INSTRUCTIONS) | {key.replace("_", " "): other[key] for key in other}
    monkeypatch.setattr(nodes, "_on_each", lambda *_: [("10.0.0.2", found)])
    monkeypatch.setattr(nodes, "_got", lambda name, result: result)


def settings(instruction_set: InstructionSet = "native") -> Common:
    return Common(seed=1, threads=1, instruction_set=instruction_set)


def test_a_node_like_this_machine_is_accepted(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    node(monkeypatch)
    nodes.require_alike(settings())
    assert capsys.readouterr().err == ""


def test_another_version_of_a_package_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    node(monkeypatch, torch="1.0")
    with pytest.raises(
        HourglassError, match=r"^node 10\.0\.0\.2 has torch 1\.0, here .*; install requirements-ray\.lock"
    ):
        nodes.require_alike(settings())


def test_other_vector_instructions_give_a_warning_where_they_matter(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    node(monkeypatch, vector_instructions="sse4_2")
    nodes.require_alike(settings("avx2"))
    assert capsys.readouterr().err == ""
    nodes.require_alike(settings())
    assert capsys.readouterr().err.startswith("node 10.0.0.2 has other vector instructions: results may differ")
