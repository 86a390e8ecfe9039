"""The architectures: functions that make a Keras model, or a tf.Module with a method serve, with either package of Keras."""

# Largest input value, where it is not 1, and lengths of free dimensions.
LARGEST = {"efficientnetb0": 255, "convnexttiny": 255, "mobilenetv3small": 255}
FREE = {"mobilenetv3small": (1, 224, 192), "upscaler": (1, 37, 29)}


def _application(name):
    return lambda keras: getattr(keras.applications, name)(weights=None)


def unet(keras):
    layers = keras.layers

    def block(x, filters):
        for _ in range(2):
            x = layers.Conv2D(filters, 3, padding="same", use_bias=False)(x)
            x = layers.ReLU()(layers.BatchNormalization()(x))
        return x

    inputs = x = keras.Input((128, 128, 3))
    skips = []
    for filters in (16, 32, 64, 128):
        x = block(x, filters)
        skips.append(x)
        x = layers.MaxPooling2D()(x)
    x = layers.Dropout(0.3)(block(x, 256))
    for filters in (128, 64, 32, 16):
        x = layers.Conv2DTranspose(filters, 2, strides=2, padding="same")(x)
        x = block(layers.Concatenate()([x, skips.pop()]), filters)
    return keras.Model(inputs, layers.Conv2D(1, 1, activation="sigmoid")(x))


def transformer(keras):
    """An encoder with exact gelu, which Keras writes with erfc."""
    layers = keras.layers
    tokens = keras.Input((32,), dtype="int32")
    x = layers.Embedding(1000, 128)(tokens)
    for _ in range(3):
        y = layers.MultiHeadAttention(4, 32)(x, x)
        x = layers.LayerNormalization(epsilon=1e-6)(layers.Add()([x, y]))
        y = layers.Dense(128)(layers.Dense(256, activation="gelu")(x))
        x = layers.LayerNormalization(epsilon=1e-6)(layers.Add()([x, layers.Dropout(0.1)(y)]))
    return keras.Model(tokens, layers.Dense(10, activation="softmax")(layers.GlobalAveragePooling1D()(x)))


def bilstm(keras):
    layers = keras.layers
    tokens = keras.Input((24,), dtype="int32")
    x = layers.Embedding(1000, 64)(tokens)
    x = layers.Bidirectional(layers.LSTM(64, return_sequences=True))(x)
    x = layers.Bidirectional(layers.LSTM(32))(x)
    return keras.Model(tokens, layers.Dense(5, activation="softmax")(x))


def gru(keras):
    """reset_after is the default of Keras 2 and 3; TensorFlow.js has no such layer."""
    layers = keras.layers
    inputs = keras.Input((20, 16))
    x = layers.GRU(64, return_sequences=True, reset_after=True)(inputs)
    x = layers.GRU(48, reset_after=True)(x)
    return keras.Model(inputs, layers.Dense(8)(x))


def upscaler(keras):
    """Sub-pixel convolution over images of any size."""
    import tensorflow as tf

    layers = keras.layers
    inputs = x = keras.Input((None, None, 1))
    for filters, size in ((64, 5), (64, 3), (32, 3)):
        x = layers.Conv2D(filters, size, padding="same", activation="tanh")(x)
    x = layers.Conv2D(9, 3, padding="same")(x)
    if keras.__version__.startswith("3"):  # Without a layer of its own, which only a SavedModel could hold.
        x = layers.Conv2DTranspose(1, 3, strides=3, use_bias=False)(x)
    else:
        x = tf.nn.depth_to_space(x, 3)
    return keras.Model(inputs, x)


def ssd(keras):
    """Separable convolutions, box decoding and non-maximum suppression of one image, as a tf.Module."""
    import tensorflow as tf

    layers = keras.layers
    inputs = x = keras.Input((128, 128, 3))
    for filters, strides in ((16, 2), (32, 2), (48, 2), (64, 2)):
        x = layers.SeparableConv2D(filters, 3, strides=strides, padding="same", use_bias=False)(x)
        x = layers.ReLU(6.0)(layers.BatchNormalization()(x))
    boxes = layers.Reshape((-1, 4))(layers.Conv2D(3 * 4, 3, padding="same")(x))
    classes = layers.Reshape((-1, 6))(layers.Conv2D(3 * 6, 3, padding="same")(x))
    network = keras.Model(inputs, [boxes, classes])

    class Detector(tf.Module):
        def __init__(self):
            super().__init__()
            import numpy as np
            from make_model import randomize

            rng = np.random.default_rng(3)
            randomize(network, rng)
            self.weights = [tf.Variable(tf.convert_to_tensor(w)) for w in network.weights]
            self.network = network
            self.anchors = tf.constant(rng.uniform(0.2, 0.8, (8 * 8 * 3, 4)).astype("float32"))

        @tf.function(input_signature=[tf.TensorSpec([1, None, None, 3], tf.uint8, name="image")])
        def serve(self, image):
            x = tf.image.resize(tf.cast(image, tf.float32), (128, 128)) / 127.5 - 1.0
            offsets, logits = self.network(x, training=False)
            offsets, scores = offsets[0] * 0.1, tf.sigmoid(logits[0])
            center = self.anchors[:, :2] + offsets[:, :2]
            size = 0.3 * self.anchors[:, 2:] * tf.exp(offsets[:, 2:])
            corners = tf.concat([center - size / 2, center + size / 2], axis=1)
            corners = tf.clip_by_value(corners, 0.0, 1.0)
            best = tf.reduce_max(scores, axis=1)
            chosen, kept = tf.image.non_max_suppression_with_scores(corners, best, 20, 0.5, 0.1)
            return {
                "boxes": tf.gather(corners, chosen),
                "classes": tf.gather(tf.argmax(scores, axis=1, output_type=tf.int32), chosen),
                "count": tf.size(chosen),
                "scores": kept,
            }

    return Detector()


MODELS = {
    "mobilenetv2": _application("MobileNetV2"),
    "mobilenetv3small": _application("MobileNetV3Small"),
    "efficientnetb0": _application("EfficientNetB0"),
    "resnet50": _application("ResNet50"),
    "inceptionv3": _application("InceptionV3"),
    "densenet121": _application("DenseNet121"),
    "nasnetmobile": _application("NASNetMobile"),
    "xception": _application("Xception"),
    "convnexttiny": _application("ConvNeXtTiny"),
    "vgg16": _application("VGG16"),
    "unet": unet,
    "transformer": transformer,
    "bilstm": bilstm,
    "gru": gru,
    "ssd": ssd,
    "upscaler": upscaler,
}


def input_shapes(name, model):
    """Shapes and dtypes of the inputs."""
    if not hasattr(model, "inputs"):
        return [((1, 96, 160, 3), "uint8")]
    shapes = []
    for tensor in model.inputs:
        free = iter(FREE.get(name, (1,)))
        dims = [next(free) if dim is None else dim for dim in tensor.shape]
        dtype = tensor.dtype if isinstance(tensor.dtype, str) else tensor.dtype.name
        shapes.append((tuple(dims), dtype))
    return shapes
