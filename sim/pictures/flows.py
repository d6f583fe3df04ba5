"""Where the dollars go: payers, the agency, CCOs or open card, and who is paid, as bands as thick as the money."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from html import escape

from sim.pictures.svg import ARM_A, ARM_B, GREY, picture, text

WIDTH, TOP, GAP, BAR, LINE = 450.0, 44.0, 20.0, 10.0, 14.0
TALLEST = 420.0  # pixels of all money, where the scale is its sum
COLUMNS = (
    ("federal", "state funds", "medicare", "third_party", "outside"),
    ("state",),
    ("cco", "held"),
    (
        *("primary", "specialist", "behavioral", "dental", "pharmacy", "hospital", "community"),
        *("administration", "cco_reserve"),
    ),
)
LEFT = (0.0, 112.0, 212.0, 292.0)
NAMES = {
    "third_party": "other insurance",
    "state": "state",
    "cco": "CCOs",
    "held": "withheld",
    "community": "programs",
    "cco_reserve": "kept by CCOs",
    "outside": "outside funders",
}
Row = tuple[str, str, str, float]
Links = dict[tuple[str, str], float]


def links_of(rows: Iterable[Row]) -> Links:
    """Return net dollars between the nodes of the picture, from left to right; each node gives what it gets.

    The state's own funds are what it pays beyond what it receives; what CCOs keep is what they are paid beyond what
    they pay. Money that was paid back is taken off.
    """
    gross: dict[tuple[str, str], float] = defaultdict(float)
    for payer, payee, _, usd in rows:
        gross[_node(payer, payer=True), _node(payee, payer=False)] += usd
    links = {(a, b): usd - gross.get((b, a), 0.0) for (a, b), usd in gross.items()}
    links = {pair: usd for pair, usd in links.items() if usd > 0}
    for node, source, sink in (("state", "state funds", ""), ("held", "", "cco_reserve"), ("cco", "", "cco_reserve")):
        spare = _into(links, node) - _out_of(links, node)
        if spare > 0 and sink:
            links[node, sink] = links.get((node, sink), 0.0) + spare
        elif spare < 0 and source:
            links[source, node] = links.get((source, node), 0.0) - spare
    return links


def _node(account: str, payer: bool) -> str:
    return "administration" if account == "outside" and not payer else account


def _into(links: Mapping[tuple[str, str], float], node: str) -> float:
    return sum(usd for (_, b), usd in links.items() if b == node)


def _out_of(links: Mapping[tuple[str, str], float], node: str) -> float:
    return sum(usd for (a, _), usd in links.items() if a == node)


def flows(rows: Iterable[Row], arm: str, scale: float) -> str:
    """Return the flows of one arm.

    Parameters
    ----------
    rows : payer, payee, purpose, USD PMPM (``Pair.flows``).
    arm : ``A`` or ``B``, and what else is said of it.
    scale : USD PMPM that fill the height: the same for both arms, at least the larger of their ``total``.
    """
    links = {pair: usd for pair, usd in links_of(rows).items() if _column(pair[0]) < _column(pair[1])}
    pixels = TALLEST / scale
    nodes = {node: max(_into(links, node), _out_of(links, node)) for pair in links for node in pair}
    body, tops = text(0, 14, f"Arm {arm}: USD per member and month", bold=True), {}
    height = TOP
    for left, column in zip(LEFT, COLUMNS, strict=True):
        y = TOP
        for node in (one for one in column if nodes.get(one, 0.0) > 0):
            tops[node] = (left, y)
            y += nodes[node] * pixels + GAP
        height = max(height, y)
    body += _bands(links, tops, pixels, ARM_B if arm.startswith("B") else ARM_A)
    for node, (left, y) in tops.items():
        body += _bar(left, y, nodes[node] * pixels, NAMES.get(node, node), f"${nodes[node]:,.2f}")
    about = "; ".join(f"{NAMES.get(a, a)} to {NAMES.get(b, b)} ${usd:,.2f}" for (a, b), usd in links.items())
    return picture(WIDTH, height, f"Where the dollars go, arm {arm}", about, body)


def total(rows: Iterable[Row]) -> float:
    """Return the dollars that enter at the left: give ``flows`` the larger of both arms as its scale."""
    return sum(usd for (a, _), usd in links_of(rows).items() if a in COLUMNS[0])


def _column(node: str) -> int:
    return next((i for i, column in enumerate(COLUMNS) if node in column), 0)


def _bands(links: Links, tops: Mapping[str, tuple[float, float]], pixels: float, color: str) -> str:
    gone: dict[str, float] = defaultdict(float)
    come: dict[str, float] = defaultdict(float)
    order = [node for column in COLUMNS for node in column]
    body = ""
    for (a, b), usd in sorted(links.items(), key=lambda one: (order.index(one[0][0]), order.index(one[0][1]))):
        thick, (left, ya), (right, yb) = usd * pixels, tops[a], tops[b]
        x, ya, yb, middle = left + BAR, ya + gone[a], yb + come[b], (left + BAR + right) / 2
        gone[a] += thick
        come[b] += thick
        said = escape(f"{NAMES.get(a, a)} to {NAMES.get(b, b)}: ${usd:,.2f}")
        body += (
            f'<path d="M{x:.1f},{ya:.1f}C{middle:.1f},{ya:.1f} {middle:.1f},{yb:.1f} {right:.1f},{yb:.1f}v{thick:.2f}'
            f'C{middle:.1f},{yb + thick:.1f} {middle:.1f},{ya + thick:.1f} {x:.1f},{ya + thick:.1f}Z" fill="{color}" '
            f'fill-opacity="0.35"><title>{said}</title></path>'
        )
    return body


def _bar(left: float, y: float, height: float, name: str, usd: str) -> str:
    """A node with its name and dollars: on two lines, but in the last column, where many are thin, on one."""
    bar = f'<rect x="{left:g}" y="{y:.1f}" width="{BAR:g}" height="{max(height, 1.0):.2f}" fill="{GREY}"/>'
    x, middle = left + BAR + 4, y + height / 2 + 4
    if left == LEFT[-1]:
        return bar + text(x, middle, f"{name} {usd}")
    return bar + text(x, middle - LINE / 2, name) + text(x, middle + LINE / 2, usd)
