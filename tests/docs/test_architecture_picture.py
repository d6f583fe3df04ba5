"""Does the picture of the architecture show the rooms and the imports of today?"""

from experiments.methods import architecture_picture as picture


def test_the_picture_shows_the_imports_of_today():
    shown = picture.OUT.read_text(encoding="utf-8")
    again = "run python -m experiments.methods.architecture_picture"
    assert f"<dc:description>{picture.description(picture.arrows())}</dc:description>" in shown, again


def test_an_import_that_does_not_point_down_is_found():
    assert picture.points_down("model", "member")
    assert picture.points_down("axes", "engine")
    assert not picture.points_down("member", "payment")
    assert not picture.points_down("engine", "axes")


def test_an_arrow_that_follows_from_others_is_not_drawn():
    chain = {("model", "agents"), ("agents", "member"), ("model", "member"), ("member", "engine")}
    assert picture.drawn(chain) == [("agents", "member"), ("model", "agents")]
