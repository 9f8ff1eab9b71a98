"""The report of a benchmark: kept when all is said, and the former one where something fails."""

from pathlib import Path

import pytest
import report


@pytest.fixture
def results(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(report, "RESULTS", tmp_path)
    monkeypatch.setattr("sys.argv", ["somewhere/benchmarks/speed.py", "two words", "--steps", "3"])
    return tmp_path


def test_kept_under_its_command(results: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with report.report() as write:
        write("| a |")
        write("| 1 |")
    kept = (results / "speed.md").read_text()
    assert kept.startswith("`python benchmarks/speed.py 'two words' --steps 3`\n\n")
    assert kept.endswith("threads.\n\n| a |\n| 1 |\n")
    assert capsys.readouterr().out == kept


def test_former_results_stay_where_it_fails(results: Path) -> None:
    (results / "speed.md").write_text("before")
    with pytest.raises(ValueError, match="no"), report.report() as write:
        write("| a |")
        raise ValueError("no")
    assert [path.name for path in results.iterdir()] == ["speed.md"]
    assert (results / "speed.md").read_text() == "before"
