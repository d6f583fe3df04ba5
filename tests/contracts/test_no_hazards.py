"""No data can become code: nothing in the package unpickles, evaluates, or builds an object that a file names."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

MODULES = {"pickle", "cPickle", "_pickle", "dill", "cloudpickle", "shelve", "marshal", "joblib"}
CALLS = {"eval", "exec", "compile", "__import__"}  # as plain names: `re.compile` is another thing
METHODS = {
    "eval",  # of a data frame too
    "instantiate",
    "read_pickle",
    "to_pickle",
    "unsafe_load",
    "full_load",
    "load_all",
    "unsafe_load_all",
}
SWITCHES = {"allow_pickle", "shell"}


def hazard(node: ast.AST) -> str | None:
    """What is dangerous about one node, or None."""
    if isinstance(node, ast.Import):
        return next((name.name for name in node.names if name.name.split(".")[0] in MODULES), None)
    if isinstance(node, ast.ImportFrom):
        return hazardous_from(node)
    if isinstance(node, ast.Call):
        return hazardous_call(node)
    return None


def hazardous_from(node: ast.ImportFrom) -> str | None:
    names = {name.name for name in node.names}
    if (node.module or "").split(".")[0] in MODULES:
        return node.module
    if node.module == "yaml" and (bad := names & {"load", *METHODS}):
        return f"yaml.{sorted(bad)[0]}"
    return "instantiate" if "instantiate" in names else None


def hazardous_call(node: ast.Call) -> str | None:
    for keyword in node.keywords:
        if keyword.arg in SWITCHES and not (isinstance(keyword.value, ast.Constant) and keyword.value.value is False):
            return f"{keyword.arg}="
    if isinstance(node.func, ast.Name):
        return node.func.id if node.func.id in CALLS | {"instantiate"} else None
    if isinstance(node.func, ast.Attribute):
        whole = ast.unparse(node.func)
        # SafeLoader subclasses are as safe as safe_load
        if whole == "yaml.load":
            loader = ast.unparse(node.keywords[0].value) if node.keywords else ast.unparse(node.args[-1])
            return None if loader.endswith("SafeLoader") else whole
        return whole if node.func.attr in METHODS or whole in {"os.system", "os.popen"} else None
    return None


def hazards(source: str) -> list[str]:
    return [f"line {node.lineno}: {what}" for node in ast.walk(ast.parse(source)) if (what := hazard(node))]  # type: ignore[attr-defined]


def sources() -> list[str]:
    return [
        str(p.relative_to(ROOT)) for folder in ("sim", "experiments") for p in sorted((ROOT / folder).rglob("*.py"))
    ]


@pytest.mark.parametrize("path", sources())
def test_no_hazard(path):
    assert not hazards((ROOT / path).read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    "source",
    [
        "import pickle",
        "from pickle import loads",
        "import joblib.externals",
        "eval('1')",
        "exec(text)",
        "compile(text, '', 'exec')",
        "__import__(name)",
        "yaml.load(text)",
        "yaml.load(text, Loader=yaml.Loader)",
        "yaml.unsafe_load(text)",
        "from yaml import load",
        "hydra.utils.instantiate(config)",
        "from hydra.utils import instantiate",
        "instantiate(config)",
        "np.load(path, allow_pickle=True)",
        "np.load(path, allow_pickle=flag)",
        "subprocess.run(line, shell=True)",
        "os.system(line)",
        "pd.read_pickle(path)",
        "frame.eval('a + b')",
    ],
)
def test_a_planted_hazard_is_found(source):
    assert hazards(source)


@pytest.mark.parametrize("source", ["yaml.safe_load(text)", "re.compile(x)", "np.load(path, allow_pickle=False)"])
def test_what_is_safe_passes(source):
    assert not hazards(source)
