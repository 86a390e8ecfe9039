#!/usr/bin/env python3
"""Processor time and peak memory of `texflow convert` beside tensorflowjs_converter, on the same models and flags.

  converter.py TEXFLOW PYTHON [--models=NAME,...] [--who=texflow,peer,copy] [--folder=DIR] [--results=FILE]

PYTHON has tensorflow, tf_keras and tensorflowjs; without them nothing is measured. The models, with random weights, are
made in DIR unless they are there. Measurements go to FILE and are kept for another run, so that the two converters can be
measured at different times; the table is made of all of them. TexFlow and copying: the median of five runs; the peer: one.
"""
import json
import math
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
MAKER = os.path.join(HERE, "..", "tests", "converter", "large", "make_model.py")
ROUTES = {
    "SavedModel → graph": ("saved_model", "tf_saved_model", "tfjs_graph_model"),
    ".h5 → graph": ("model.h5", "keras", "tfjs_graph_model"),
    ".h5 → layers": ("model.h5", "keras", "tfjs_layers_model"),
}
FLAGS = {"": [], "float16": ["--quantize_float16=*"]}
QUIET = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "", "PYTHONDONTWRITEBYTECODE": "1"}


def run(command):
    """Seconds of processor time, seconds, and megabytes at the peak; None where the command fails."""
    start = time.perf_counter()
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=QUIET)
    _, status, usage = os.wait4(child.pid, 0)
    seconds = time.perf_counter() - start
    return [usage.ru_utime + usage.ru_stime, seconds, usage.ru_maxrss / 1024] if status == 0 else None


def measure(command, rounds):
    runs = []
    for _ in range(rounds):
        with tempfile.TemporaryDirectory() as work:
            out = os.path.join(work, "out")
            runs.append(run(command + [out]))
            nodes = node_count(out)
    return None if None in runs else [statistics.median(column) for column in zip(*runs)] + [nodes]


def node_count(folder):
    """Nodes of a graph-model that compute; 0 for other formats."""
    try:
        with open(os.path.join(folder, "model.json")) as file:
            nodes = json.load(file)["modelTopology"].get("node", [])
    except OSError:
        return 0
    return sum(node["op"] not in ("Const", "Placeholder") for node in nodes)


def geometric_mean(values):
    return math.exp(sum(math.log(value) for value in values) / len(values))


def print_table(results, models):
    rows = []
    print("| model | route | | CPU: TexFlow | peer | times less | peak: TexFlow | peer | times less | nodes: TexFlow | peer |")
    print("|---|---|---|---|---|---|---|---|---|---|---|")
    for model in models:
        for route in ROUTES:
            for flag in FLAGS:
                ours, peer = (results.get(f"{model}|{route}|{flag}|{who}") for who in ("texflow", "peer"))
                if not ours:
                    continue
                line = f"| {model} | {route} | {flag} | {ours[0] * 1000:.0f} ms |"
                if peer:
                    rows.append((peer[0] / ours[0], peer[2] / ours[2]))
                    line += f" {peer[0]:.1f} s | {rows[-1][0]:.0f} | {ours[2]:.0f} MB | {peer[2]:.0f} MB | {rows[-1][1]:.0f} |"
                else:
                    line += f" - | - | {ours[2]:.0f} MB | - | - |"
                print(line + f" {ours[3] or ''} | {peer[3] or '' if peer else '-'} |")
    if rows:
        cpu, peak = (geometric_mean([row[i] for row in rows]) for i in (0, 1))
        print(f"\nGeometric means over {len(rows)} conversions: {cpu:.0f} times less processor time, {peak:.0f} times less memory.")
    print("\n| model | .h5 → layers | copying the .h5 | times | CPU: .h5 → layers | copying | times |\n|---|---|---|---|---|---|---|")
    ratios = []
    for model in models:
        ours, copy = results.get(f"{model}|.h5 → layers||texflow"), results.get(f"{model}|copy")
        if not ours or not copy:
            continue
        ratios.append((ours[1] / copy[1], ours[0] / copy[0]))
        print(f"| {model} | {ours[1] * 1000:.0f} ms | {copy[1] * 1000:.0f} ms | {ratios[-1][0]:.1f} "
              f"| {ours[0] * 1000:.0f} ms | {copy[0] * 1000:.0f} ms | {ratios[-1][1]:.1f} |")
    if ratios:
        wall, cpu = (geometric_mean([ratio[i] for ratio in ratios]) for i in (0, 1))
        print(f"\nGeometric means: {wall:.1f} times as long as copying, {cpu:.1f} times its processor time.")


def main():
    options = dict(text[2:].split("=", 1) for text in sys.argv[1:] if text.startswith("--") and "=" in text)
    paths = [text for text in sys.argv[1:] if not text.startswith("--")]
    if len(paths) != 2:
        sys.exit(__doc__)
    texflow, python = paths
    peer = os.path.join(os.path.dirname(python), "tensorflowjs_converter")
    has_tensorflow = shutil.which(python) and run([python, "-c", "import tensorflow, tf_keras, keras"])
    if not has_tensorflow or not os.path.exists(peer):
        print(f"skipped: '{python}' has no tensorflow and tf_keras, or there is no tensorflowjs_converter beside it")
        return
    models = options.get("models", "mobilenetv2,resnet50,efficientnetb0,inceptionv3").split(",")
    who = options.get("who", "texflow,peer,copy").split(",")
    folder = options.get("folder") or tempfile.mkdtemp()
    results = {}
    if "results" in options and os.path.exists(options["results"]):
        with open(options["results"]) as file:
            results = json.load(file)
    for model in models:
        inputs = os.path.join(folder, f"{model}-keras2")
        if not os.path.exists(os.path.join(inputs, "case.json")):
            if not run([python, MAKER, model, "keras2", inputs]):
                sys.exit(f"The model {model} cannot be made.")
        for route, (name, source, target) in ROUTES.items():
            for flag, extra in FLAGS.items():
                command = [f"--input_format={source}", f"--output_format={target}", *extra, os.path.join(inputs, name)]
                if "texflow" in who:
                    # What TensorFlow.js cannot load is refused; the peer writes it all the same.
                    ours = measure([texflow, "convert", "--quiet", *command], 5)
                    ours = ours or measure([texflow, "convert", "--quiet", "--target=texflow", *command], 5)
                    results[f"{model}|{route}|{flag}|texflow"] = ours
                if "peer" in who:
                    results[f"{model}|{route}|{flag}|peer"] = measure([peer, *command], 1)
        if "copy" in who:
            results[f"{model}|copy"] = measure(["cp", os.path.join(inputs, "model.h5")], 5)
        if "results" in options:
            with open(options["results"], "w") as file:
                json.dump(results, file, indent=1)
    print_table(results, models)
    if "folder" not in options:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
