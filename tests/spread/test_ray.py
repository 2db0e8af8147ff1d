"""A Ray cluster of two nodes on this machine, one of which is killed half-way."""

from __future__ import annotations

import sys
import time
from importlib.util import find_spec
from pathlib import Path

import pieces
import pytest

from mediamix.spread.contract import Means, Task, engine_called
from mediamix.spread.engine.ray import _ray

pytestmark = [pytest.mark.ray, pytest.mark.filterwarnings("ignore")]
if find_spec("ray") is None:
    pytest.skip("the extra 'ray' is not installed", allow_module_level=True)


@pytest.fixture
def cluster():
    """Two nodes of one core each; the driver is on a third, which has none."""
    ray = _ray()
    from ray.cluster_utils import Cluster

    made = Cluster(initialize_head=True, head_node_args={"num_cpus": 0})
    nodes = [made.add_node(num_cpus=1) for _ in range(2)]
    ray.init(address=made.address, log_to_driver=False)
    yield made, nodes
    ray.shutdown()
    made.shutdown()


def test_a_killed_node_costs_only_what_it_had(cluster):
    made, nodes = cluster
    tasks = [Task(i, f"task {i}", 2.0) for i in range(8)]
    found = {}
    for one in engine_called("ray").map(pieces.naps, tasks, Means()):
        found[one.task.position] = one
        if len(found) == 4:
            time.sleep(1.0)  # both nodes have a task by now
            made.remove_node(nodes[0], allow_graceful=False)
    assert set(found) == set(range(8))
    assert all(one.value and not one.reason for one in found.values())
    assert sum(one.attempts - 1 for one in found.values()) == 1


def test_a_process_that_always_dies_is_a_reason_and_bugs_have_traces(cluster):
    tasks = [Task(i, f"task {i}", i) for i in range(4)]
    poisoned = {
        one.task.position: one for one in engine_called("ray").map(pieces.poison, tasks, Means(attempts=2))
    }
    assert "its process ended 2 times before it was done" in poisoned[2].reason
    assert [poisoned[i].value for i in (0, 1, 3)] == [0, 1, 3]
    failed = {one.task.position: one for one in engine_called("ray").map(pieces.fails, tasks, Means())}
    assert failed[1].reason.startswith("there is no such column")
    assert "in fails" in failed[2].trace


def test_fits_on_two_nodes_one_killed_are_the_bytes_of_one_process(cluster, tmp_path: Path, request):
    many = Path(__file__).parents[1] / "many"
    sys.path.insert(0, str(many))
    request.addfinalizer(lambda: sys.path.remove(str(many)))
    from brands import files_of, table, write

    import mediamix as mm

    made, nodes = cluster
    spec = write(tmp_path / "data", table(8))
    killed: list[int] = []

    def kill(far) -> None:
        if far.done == 3:
            killed.append(far.done)
            made.remove_node(nodes[0], allow_graceful=False)

    spread = mm.fit_all(spec, tmp_path / "ray", "brand", engine="ray", checks=False, on_progress=kill)
    assert (killed, spread.count("done"), spread.bill.fits) == ([3], 8, 8)
    again = mm.fit_all(spec, tmp_path / "ray", "brand", engine="ray", checks=False)
    assert (again.found, again.bill.fits) == (8, 0)
    mm.fit_all(spec, tmp_path / "local", "brand", checks=False, workers=1)
    assert files_of(tmp_path / "ray") == files_of(tmp_path / "local")
