"""A measured beat by the workflow, fetched from a server."""

import http.server
import threading
from functools import partial

import pytest
import yaml
from tanks import consistent, write_lone, write_tank


@pytest.mark.slow
def test_a_measured_beat_is_fetched_scored_and_drawn(checkout, tmp_path_factory):
    served = tmp_path_factory.mktemp("served")
    case = write_lone(served, write_tank(served, consistent))
    handler = partial(http.server.SimpleHTTPRequestHandler, directory=str(served))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        case["files"] |= {"url": f"http://127.0.0.1:{server.server_port}/", "folder": ""}
        settings = {
            "experiment": "tank",
            "cases": [],
            "compared": ["tikhonov"],
            "evaluation": {"bootstrap": 100},
            "measured": {"lookalike": case},
        }
        (checkout.folder / "tank.yaml").write_text(yaml.safe_dump(settings))
        checkout.snakemake("--configfile", "tank.yaml")
        server.shutdown()
    made = checkout.folder / "results/tank/measured/lookalike"
    assert "inverse crime" in (made / "scores.md").read_text()
    assert {path.stem for path in made.glob("*.pdf")} == {"electrograms", "activation", "potentials"}
    assert "best measured" in (made / "placed/scores.md").read_text()
    assert {path.stem for path in (made / "placed").glob("*.pdf")} == {"electrograms", "activation"}
    fetched = checkout.folder / "results/resources/measured/lookalike/sock.pts"
    fetched.write_text(fetched.read_text() + "\n")
    printed = checkout.snakemake("--configfile", "tank.yaml", check=False)
    assert "sock.pts: has SHA-256" in printed
