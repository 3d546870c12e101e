"""How far two ways of judging agree: labels, rankings, biases and calibration, each as a `Measure`."""
