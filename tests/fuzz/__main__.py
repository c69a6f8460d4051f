"""`python -m tests.fuzz [TARGET…] --seconds N`: throw bytes at the readers of the relay's input.

Each target runs in a process of its own, two at a time, from the seeds of `targets.py` and, with
`--corpus`, from what earlier runs there found worth keeping. A finding ends with status 1 and its
bytes; it becomes a case of `test_targets.py`.
"""

from __future__ import annotations

import argparse
import concurrent.futures
import subprocess
import sys
import tempfile
from pathlib import Path

NAMES = ("stun", "rtp", "rtcp", "sdp")
AT_A_TIME = 2
ONE_INPUT_S = 5
START_S = 120


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("targets", nargs="*", choices=[*NAMES, []], metavar="TARGET")
    parser.add_argument("--seconds", type=int, default=60, help="for each target")
    parser.add_argument("--seed", type=int, default=0, help="0: another way each time")
    parser.add_argument("--corpus", type=Path, help="directory that outlives the run")
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    return parser.parse_args()


def _fuzz_here(name: str, seconds: int, seed: int, corpus: Path) -> None:
    """Run one target in this process, which libFuzzer ends."""
    import atheris

    with atheris.instrument_imports(include=["media"]):
        from tests.fuzz.targets import TARGETS

    target = TARGETS[name]
    for number, content in enumerate(target.seeds):
        (corpus / f"seed-{number}").write_bytes(content)
    options = [
        f"-max_total_time={seconds}",
        f"-seed={seed}",
        f"-max_len={target.most_bytes}",
        f"-timeout={ONE_INPUT_S}",
        f"-artifact_prefix={corpus.parent}/finding-{name}-",
        "-print_final_stats=1",
        "-verbosity=0",
    ]
    atheris.Setup([sys.argv[0], *options, str(corpus)], target.run)
    atheris.Fuzz()


def _fuzz(name: str, seconds: int, seed: int, directory: Path) -> tuple[str, bool, str]:
    corpus = directory / name
    corpus.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "tests.fuzz", name, "--here"]
    command += ["--seconds", str(seconds), "--seed", str(seed)]
    command += ["--corpus", str(corpus)]
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=seconds + START_S, check=False
    )
    return name, done.returncode == 0, done.stdout + done.stderr


def _runs(output: str) -> str:
    lines = (line.split() for line in output.splitlines())
    return next(
        (words[1] for words in lines if words[:1] == ["stat::number_of_executed_units:"]), "?"
    )


def _tell(directory: Path, name: str, output: str) -> None:
    print(output[-4_000:])
    for path in sorted(directory.glob(f"finding-{name}-*")):
        print(f"{name}: {path.read_bytes()!r}")


def main() -> int:
    arguments = _arguments()
    names = arguments.targets or list(NAMES)
    if arguments.here:
        _fuzz_here(names[0], arguments.seconds, arguments.seed, arguments.corpus)
    found = 0
    with (
        tempfile.TemporaryDirectory() as temporary,
        concurrent.futures.ThreadPoolExecutor(AT_A_TIME) as pool,
    ):
        directory = arguments.corpus or Path(temporary)
        seconds, seed = arguments.seconds, arguments.seed
        runs = [pool.submit(_fuzz, name, seconds, seed, directory) for name in names]
        for run in concurrent.futures.as_completed(runs):
            name, is_clean, output = run.result()
            verdict = "nothing found" if is_clean else "FOUND"
            print(f"{name}: {_runs(output)} inputs in {arguments.seconds} s, {verdict}", flush=True)
            if not is_clean:
                found += 1
                _tell(directory, name, output)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
