"""`--device`: PyTorch's methods compute there, and a device that is not there is a wrong request."""

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch

import derivcli
from derivcli.errors import RequestError
from derivcli.requests.options import Options

DEVICES = [
    "cpu",
    pytest.param("cuda", marks=pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no CUDA device")),
]
FORMULAS = [
    "x^2 + 3x",
    "where(x > 0.5 or False, sqrt(x), x)",
    "x^2.5*exp(-x)/pi",
    "besseli(0, x) + polygamma(1, x)",
    "detach(x)*x + sum(sin(i*x)/i, i, 1, 9)",
    "clamp(x, 1/4, 3/4) + leaky_relu(x, 0.2)",
]


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("method", ["autograd", "forward-ad"])
@pytest.mark.parametrize("text", FORMULAS)
def test_every_device_agrees_with_the_cpu(text, method, device):
    """Conditions, constants and numbers on the device, at more points than one block has."""
    x = np.linspace(0.1, 0.9, 300_000)
    here = derivcli.derivatives(text, {"x": x}, method)
    there = derivcli.derivatives(text, {"x": x}, method, Options(device=device))
    np.testing.assert_allclose(there, here, rtol=1e-12)


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("at", ["x=0.7", "x=0.1:0.9:2000"])
def test_what_is_computed_there_is_judged(at, device):
    """At a point and over a sweep, with the cause where it is off."""
    options = Options(device=device)
    assert derivcli.evaluate("exp(-x^2)*sin(3x)", at=at, options=options).verdict.outcome == "agree"
    verdict = derivcli.evaluate("(1-cos(x))/x^2", at="x=1e-8", options=options).verdict
    assert (verdict.outcome, verdict.cause) == ("disagree", "rounding")


@pytest.mark.parametrize("device", ["nowhere", "meta", "cpu:x", "cuda:99"])
@pytest.mark.parametrize("at", ["x=2", "x=1:2:2000"])
def test_a_device_that_is_not_there_is_refused(at, device):
    """With what PyTorch says, whatever the number of points."""
    with pytest.raises(RequestError, match=f"PyTorch cannot compute on '{device}' here: "):
        derivcli.evaluate("x^2", at=at, options=Options(device=device))


def test_status_and_record_of_a_missing_device():
    """Status 2 and the JSON form of an error, in a batch with the line."""
    command = [sys.executable, "-m", "derivcli", "-", "--at", "x=2", "--device", "nowhere", "--format", "jsonl"]
    done = subprocess.run(command, input="x^2\n", capture_output=True, text=True, check=False)
    error = json.loads(done.stdout)["error"]
    assert (done.returncode, error["stage"], error["hint"]) == (2, "request", "--device cpu")


def test_the_number_of_threads_is_the_users():
    """We compute in one; whoever trains a network beside us keeps theirs, in this thread and in those to come."""
    before = torch.get_num_threads()
    try:
        torch.set_num_threads(3)
        derivcli.evaluate(
            "x*sin(x)", at="x=2", options=Options(methods=("autograd", "forward-ad", "finite-difference"))
        )
        derivcli.evaluate("x*sin(x)", at="x=1:2:70000")
        derivcli.derivatives("x^2", {"x": np.linspace(0, 1, 200_000)})
        with ThreadPoolExecutor(1) as pool:
            assert [torch.get_num_threads(), pool.submit(torch.get_num_threads).result()] == [3, 3]
    finally:
        torch.set_num_threads(before)
