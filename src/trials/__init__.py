"""The runner: trains planned trials inside one runtime. Python 3.7 to 3.13, NumPy and TensorFlow only."""
