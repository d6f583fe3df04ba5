"""A month of a few members by the kernel of a device, in Numba's simulator: run as a process, with two files."""

import sys

import numpy as np

LONGEST_HEADER = 100_000  # letters: the columns of a member, by name
NAMES = ("members", "areas", "clinics", "params")


def main(given: str, found: str) -> None:
    from sim.member.on_device import live_all  # in the simulator, which is chosen when Numba is imported

    with np.load(given, max_header_size=LONGEST_HEADER) as kept:
        members, areas, clinics, params = (kept[name].view(np.recarray) for name in NAMES)
        sums = live_all(members, areas, clinics, params, kept["seed"][()])
    np.savez(found, members=members, **{f"sum{i}": array for i, array in enumerate(sums)})


if __name__ == "__main__":
    main(*sys.argv[1:])
