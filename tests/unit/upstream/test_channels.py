"""Effect channels are declared once: a rule reads each, and each does nothing where no package states it."""

import ast
from pathlib import Path

import numpy as np
import pytest

import sim
from sim import schema
from sim.member.prepare import names_in_rules
from sim.upstream.channels import CHANNELS, compile_packages
from sim.upstream.package import Package, Relief


@pytest.mark.parametrize("channel", CHANNELS, ids=lambda channel: channel.name)
def test_a_rule_reads_each_channel(channel):
    assert channel.name in names_in_rules(), f"no rule in sim/member reads p.{channel.name}: it does nothing"


def test_rows_beyond_the_last_package_do_nothing(packages, registry):
    tables = compile_packages(list(packages.values())[:1], registry)
    for channel in CHANNELS:
        table = tables[channel.name]
        assert len(table) == schema.MAX_PACKAGES
        assert table.shape[1:] == ((len(channel.columns),) if channel.columns else ())
        assert np.all(table[1:] == channel.neutral)
        assert table.dtype == np.asarray(channel.neutral).dtype


def test_a_package_that_states_no_effect_has_none(packages, registry):
    tables = compile_packages([packages["sham"]], registry)
    assert [channel.name for channel in CHANNELS if np.any(tables[channel.name][0] != channel.neutral)] == []


@pytest.mark.parametrize("part", [Package, Relief])
def test_something_reads_every_field_of_a_package(part):
    read = set()
    for path in Path(sim.__path__[0]).rglob("*.py"):
        read |= {node.attr for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Attribute)}
    assert not set(part.model_fields) - read - {"note"}, "a channel must read the field"
