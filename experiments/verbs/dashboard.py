"""``ccosim dashboard``: the page in a browser, live, or over a finished study; or as one file without a server."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from experiments.terminal.arguments import find_study, results_folder, words_and_keys
from experiments.terminal.progress import say_compiling
from sim.engine.text import shown
from sim.paths import conf_folder, user_path
from sim.scenario import ScenarioError
from sim.study.atomic import check_target

LARGEST_PORT = 65_535


def run(words: Sequence[str], port: str = "", study: str = "", public: str = "") -> int:
    """Serve the page until interrupted, or write it as a file."""
    plain, keys = words_and_keys(words, ("results_root",))
    if plain:
        raise ScenarioError([f"{shown(plain[0])}: a study is given as --study {plain[0]}"])
    number = _port(port)
    folder = find_study(results_folder(keys), study) if study else None
    if public:
        return _write(user_path(public), port, study)
    from experiments.page.finished import Finished
    from experiments.page.server import PORT, serve

    if folder is None:
        say_compiling(Console(stderr=True, highlight=False), conf_folder())

    def say(address: str) -> None:
        print(f"Open {address} in a browser of this machine. Ctrl-C ends the page.", flush=True)

    serve(PORT if number is None else number, Finished(folder) if folder else None, say)
    return 0


def _port(text: str) -> int | None:
    if not text:
        return None
    if not text.isdecimal() or not 0 <= int(text) <= LARGEST_PORT:
        raise ScenarioError([f"--port={shown(text)}: must be a port, 0 to {LARGEST_PORT}; 0 is any free one"])
    return int(text)


def _write(path: Path, port: str, study: str) -> int:
    if port or study:
        raise ScenarioError(["--public writes a file and serves nothing: leave --port and --study out"])
    if not path.parent.is_dir():
        raise ScenarioError([f"--public={shown(str(path))}: there is no folder {path.parent}"])
    path = path.parent.resolve() / path.name
    check_target(path)
    say_compiling(Console(stderr=True, highlight=False), conf_folder())
    from experiments.page.public import write_public

    size = write_public(path, lambda line: print(line, flush=True))
    print(f"{size / 1e6:.1f} MB, opens in a browser from any disk or web host")
    print(path)
    return 0
