#!/usr/bin/env python3
"""Writes one test model with seeded random weights, in every format, and TensorFlow's outputs for seeded inputs.

  make_model.py NAME WRITER FOLDER      WRITER: keras2 (the package tf_keras) or keras3
  make_model.py --list

FOLDER gets saved_model/, model.h5, model.keras, inputs and outputs as .npy, and case.json. Needs TensorFlow.
"""
import json
import os
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ["CUDA_VISIBLE_DEVICES"] = ""

import architectures  # noqa: E402


def randomize(model, rng):
    """Values as of a trained network: kernels that keep the size of activations, statistics that are not 0 and 1."""
    import numpy as np

    for weight in model.weights:
        path = getattr(weight, "path", weight.name).split(":")[0]
        name, shape = path.split("/")[-1], tuple(weight.shape)
        if "seed" in name or name == "count" or "iteration" in name:
            continue
        if name in ("gamma", "variance", "moving_variance"):
            value = rng.uniform(0.6, 1.4, shape)
        elif len(shape) < 2 or "bias" in name:
            value = rng.normal(0, 0.1, shape)
        else:
            depthwise = "depthwise" in name
            fan_in = np.prod(shape[:-2]) if depthwise else np.prod(shape[:-1])
            value = rng.normal(0, np.sqrt(1.6 / fan_in), shape)
        weight.assign(value.astype("float32"))
    for layer in model.layers:
        if hasattr(layer, "finalize_state"):  # Normalization computes with copies of its weights.
            layer.finalize_state()


def calibrate(model, inputs, keras):
    """Gives batch norms the statistics of the inputs, without which deep networks explode, and softmax saturates."""
    norms = [layer for layer in model.layers if isinstance(layer, keras.layers.BatchNormalization)]
    if not norms:
        return
    momentums = [norm.momentum for norm in norms]
    for norm in norms:
        norm.momentum = 0.0
    model(inputs if len(inputs) > 1 else inputs[0], training=True)
    for norm, momentum in zip(norms, momentums):
        norm.momentum = momentum
        norm.moving_variance.assign(norm.moving_variance + 0.05)


def write(name, writer, folder):
    import numpy as np
    import tensorflow as tf

    if writer == "keras2":
        import tf_keras as keras
    else:
        import keras
    keras.utils.set_random_seed(7)
    rng = np.random.default_rng(7)
    model = architectures.MODELS[name](keras)
    os.makedirs(folder, exist_ok=True)
    at = lambda *parts: os.path.join(folder, *parts)
    is_keras = isinstance(model, keras.Model)
    if is_keras:
        randomize(model, rng)
    shapes = architectures.input_shapes(name, model)
    inputs = []
    for shape, dtype in shapes:
        value = rng.integers(0, 100, shape) if dtype == "int32" else rng.uniform(0, architectures.LARGEST.get(name, 1), shape)
        inputs.append(value.astype(dtype))
    if is_keras:
        calibrate(model, inputs, keras)
        if writer == "keras2":
            model.save(at("saved_model"), include_optimizer=False)
        else:
            model.export(at("saved_model"), verbose=False)
        model.save(at("model.h5"), include_optimizer=False)
        model.save(at("model.keras"), include_optimizer=False) if writer == "keras3" else model.save(at("model.keras"))
        outputs = model(inputs if len(inputs) > 1 else inputs[0], training=False)
        outputs = {key: outputs[key] for key in sorted(outputs)} if isinstance(outputs, dict) else outputs
        outputs = list(outputs.values()) if isinstance(outputs, dict) else outputs
        outputs = outputs if isinstance(outputs, (list, tuple)) else [outputs]
        outputs = {str(i): np.asarray(value) for i, value in enumerate(outputs)}
    else:
        signature = model.serve.get_concrete_function()
        tf.saved_model.save(model, at("saved_model"), signatures={"serving_default": signature})
        outputs = {key: value.numpy() for key, value in model.serve(*[tf.constant(x) for x in inputs]).items()}
    assert all(np.isfinite(value).all() for value in outputs.values()), "the outputs are not finite"
    for i, value in enumerate(inputs):
        np.save(at(f"input{i}.npy"), value)
    for key, value in outputs.items():
        np.save(at(f"output_{key}.npy"), value)
    with open(at("case.json"), "w") as file:
        json.dump({"name": name, "writer": writer, "inputs": len(inputs), "outputs": list(outputs), "keras": is_keras}, file)


if __name__ == "__main__":
    if sys.argv[1:] == ["--list"]:
        print("\n".join(architectures.MODELS))
    else:
        write(*sys.argv[1:4])
