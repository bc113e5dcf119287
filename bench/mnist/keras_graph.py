"""Times training on digits in Keras as camtune.ts does in camtune; prints one JSON document. Run by main.ts.

python bench/mnist/keras_graph.py train_on_batch|fit EXAMPLE BATCHES REPEATS
"""

import os
import sys
from pathlib import Path

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "2"
import numpy as np  # noqa: E402
from tensorflow import keras  # noqa: E402

sys.path.append(str(Path(__file__).parent.parent))
from timing import report  # noqa: E402

layers = keras.layers


def small():
    network = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Conv2D(8, 5, activation="relu"),
            layers.MaxPooling2D(2),
            layers.Conv2D(16, 5, activation="relu"),
            layers.MaxPooling2D(2),
            layers.Flatten(),
            layers.Dense(10, activation="softmax"),
        ]
    )
    return network, 64, keras.optimizers.SGD(0.15)


def large():
    network = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Conv2D(32, 3, activation="relu"),
            layers.Conv2D(32, 3, activation="relu"),
            layers.MaxPooling2D(2),
            layers.Conv2D(64, 3, activation="relu"),
            layers.Conv2D(64, 3, activation="relu"),
            layers.MaxPooling2D(2),
            layers.Flatten(),
            layers.Dropout(0.25),
            layers.Dense(512, activation="relu"),
            layers.Dropout(0.5),
            layers.Dense(10, activation="softmax"),
        ]
    )
    return network, 128, keras.optimizers.RMSprop(0.001)


def digits(count):
    """Noise with a bright bar whose place is the class."""
    index = np.arange(count * 784, dtype=np.float64)
    images = (0.3 * np.abs(np.sin(index * 12.9898 + index * index * 0.01))).reshape(count, 28, 28, 1)
    for image in range(count):
        row = 2 * (image % 10 + 2)
        images[image, row : row + 2] = 0.8
    return images.astype(np.float32), np.eye(10, dtype=np.float32)[np.arange(count) % 10]


def main():
    way, example, batches, repeats = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
    network, batch, optimizer = {"small": small, "large": large}[example]()
    network.compile(optimizer=optimizer, loss="categorical_crossentropy", metrics=["accuracy"])
    images, labels = digits(batch)

    def train_on_batch():
        for _ in range(batches):
            network.train_on_batch(images, labels)

    all_images, all_labels = np.tile(images, (batches, 1, 1, 1)), np.tile(labels, (batches, 1))

    def fit():
        network.fit(all_images, all_labels, batch_size=batch, epochs=1, verbose=0)

    report("train", batch * batches, repeats, {"train_on_batch": train_on_batch, "fit": fit}[way])


if __name__ == "__main__":
    main()
