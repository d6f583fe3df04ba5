"""The rules on a graphics processor: the same integers as here, in Numba's simulator, for no device is needed.

Where NVIDIA's compiler is found (``CUDA_HOME``), the whole kernel is also compiled for a device.
"""

import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from sim.member.month import live_chunk, make_scratch
from sim.scenario import ScenarioError
from sim.schema import AWAY, ENROLLED
from tests.support.device_month import LONGEST_HEADER
from tests.support.worlds import EVERYTHING, TINY, scenario, system

ROOT = Path(__file__).resolve().parents[2]
LONGEST = 300  # seconds


@pytest.fixture(scope="module")
def december():
    """What the kernel takes, in a month in which quality is judged; some people are away."""
    model = system(*EVERYTHING, "months=12", size=TINY)
    while model.month < 11:
        model.step()
    members = model.whole_members()
    away = np.flatnonzero(members["status"] == ENROLLED)[::9]
    members["status"][away] = AWAY
    model.params["month"][0] = model.params["month_of_year"][0] = model.month
    parts = {"members": members, "areas": np.array(model.areas), "clinics": np.array(model.clinics)}
    return {**parts, "params": np.array(model.params), "seed": np.uint64(model.seed)}


def here(given):
    """The month by the compiled rules of this process."""
    members, areas, clinics, params = (given[name].copy().view(np.recarray) for name in list(given)[:4])
    taken, sums = make_scratch(len(areas), len(clinics))
    live_chunk(members, 0, len(members), areas, clinics, params, given["seed"], taken)
    return members, sums


def in_simulator(given, folder):
    """The month by the kernel of the device, interpreted, in a process of its own."""
    np.savez(folder / "given.npz", **given)
    command = [sys.executable, "-m", "tests.support.device_month", "given.npz", "found.npz"]
    settings = {"NUMBA_ENABLE_CUDASIM": "1", "NUMBA_DISABLE_JIT": "1"}
    path = os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])
    environment = {**os.environ, **settings, "PYTHONPATH": path}
    subprocess.run(command, check=True, env=environment, timeout=LONGEST, cwd=folder)
    with np.load(folder / "found.npz", max_header_size=LONGEST_HEADER) as found:
        return found["members"], [found[f"sum{i}"] for i in range(len(found.files) - 1)]


def test_a_device_finds_the_same_integers(december, tmp_path):
    members, sums = here(december)
    on_device, sums_on_device = in_simulator(december, tmp_path)
    differ = {name: int((members[name] != on_device[name]).sum()) for name in members.dtype.names}
    assert {name: count for name, count in differ.items() if count} == {}
    assert len(sums) == len(sums_on_device)
    for one, other in zip(sums, sums_on_device, strict=True):
        assert one.sum() > 0
        assert np.array_equal(one, other)


def test_the_model_takes_the_device_that_is_asked_for(monkeypatch):
    taken = []

    def live_all(members, areas, clinics, params, seed):
        scratch, sums = make_scratch(len(areas), len(clinics))
        live_chunk(members, 0, len(members), areas, clinics, params, seed, scratch)
        taken.append(len(members))
        return sums

    usual = system(*EVERYTHING, "months=2", size=TINY).run()
    monkeypatch.setattr("numba.cuda.is_available", lambda: True)
    monkeypatch.setattr("sim.member.on_device.live_all", live_all)
    model = system(*EVERYTHING, "months=2", "compute.device=cuda", size=TINY)
    assert model.run().digest == usual.digest
    assert len(taken) == 2


def test_without_a_device_it_is_refused_in_one_sentence(monkeypatch):
    monkeypatch.setattr("numba.cuda.is_available", lambda: False)
    with pytest.raises(ScenarioError) as refused:
        scenario("compute.device=cuda")
    (message,) = refused.value.messages
    assert message.startswith("compute.device=cuda: no CUDA device")


def has_nvvm():
    """Whether NVIDIA's compiler is found; it needs no device."""
    from numba.cuda.cudadrv.nvvm import NVVM, NvvmSupportError

    try:
        return bool(NVVM())
    except NvvmSupportError:
        return False


@pytest.mark.slow
@pytest.mark.skipif(not has_nvvm(), reason="NVIDIA's compiler is not found: set CUDA_HOME")
def test_the_whole_kernel_compiles_for_a_device(december, monkeypatch):
    from numba import cuda, from_dtype, types

    from sim.member.on_device import live_one, whole_operations
    from sim.schema import MONTH

    # device functions are compiled for the device that is there
    monkeypatch.setattr("numba.cuda.dispatcher.get_current_device", lambda: SimpleNamespace(compute_capability=(9, 0)))
    table = {name: types.Array(from_dtype(december[name].dtype), 1, "C") for name in list(december)[:4]}
    months = types.Array(from_dtype(MONTH), 1, "C")
    draws, words, places = (types.Array(*kind, "C") for kind in ((types.f8, 2), (types.i8, 2), (types.i8, 1)))
    _, sums = make_scratch(1, 1)
    totals = types.Tuple([types.Array(types.i8, array.ndim, "C") for array in sums])
    keys = types.Array(types.u8, 1, "C")
    parts = (table["areas"], table["clinics"], table["params"], types.u8, types.f8, places, places, draws, months)
    with whole_operations():
        code, _ = cuda.compile_ptx(live_one.py_func, (table["members"], keys, *parts, words, totals), cc=(9, 0))
    assert "fma." not in code  # a product and a sum stay two operations
    assert "atom." in code or "red." in code
    assert "call" not in code  # no function is left outside the kernel
