# Images of the study: a runtime each, from the lock that uv installs too, and the driver, which needs no other.
#   make images        every runtime, under its name in config/runtimes.yaml
#   make pin-images    the digests of the bases, which may be any images that hold these versions of Python
ARG PYTHON_3_7=python:3.7-slim-bookworm
ARG PYTHON_3_10=python:3.10-slim-bookworm
ARG PYTHON_3_11=python:3.11-slim-bookworm
ARG CUDA_10_0=tensorflow/tensorflow:1.15.0-gpu-py3
ARG CUDA_11_2=tensorflow/tensorflow:2.10.0-gpu

# ---- what all are built with ----

FROM ${PYTHON_3_11} AS uv
ARG UV_VERSION=0.13.8
RUN pip install --no-cache-dir --target /opt/uv uv==${UV_VERSION}

# A runtime is not in a user's home: Apptainer puts that of the machine in its place. Compiled, as nobody can later.
FROM ${PYTHON_3_7} AS python-3.7
ENV PATH=/opt/runtime/bin:${PATH} UV_NO_CACHE=1 UV_COMPILE_BYTECODE=1 UV_REQUIRE_HASHES=1
RUN useradd --create-home student

FROM ${PYTHON_3_10} AS python-3.10
ENV PATH=/opt/runtime/bin:${PATH} UV_NO_CACHE=1 UV_COMPILE_BYTECODE=1 UV_REQUIRE_HASHES=1
RUN useradd --create-home student

FROM ${PYTHON_3_11} AS python-3.11
ENV PATH=/opt/runtime/bin:${PATH} UV_NO_CACHE=1 UV_COMPILE_BYTECODE=1 UV_REQUIRE_HASHES=1
RUN useradd --create-home student

# ---- TensorFlow 1.15.0 ----

FROM python-3.7 AS build-tf1
COPY --from=uv /opt/uv/bin/uv /usr/local/bin/
COPY workflow/envs/tf-1.15.0.lock.txt lock.txt
RUN uv venv --python 3.7 /opt/runtime && uv pip sync --python /opt/runtime lock.txt

FROM python-3.7 AS tf1
COPY --from=build-tf1 /opt/runtime /opt/runtime
LABEL org.opencontainers.image.title=tf-1.15.0 org.opencontainers.image.version=1.15.0
USER student

# ---- TensorFlow 2.0.0 ----

FROM python-3.7 AS build-tf2.0
COPY --from=uv /opt/uv/bin/uv /usr/local/bin/
COPY workflow/envs/tf-2.0.0.lock.txt lock.txt
RUN uv venv --python 3.7 /opt/runtime && uv pip sync --python /opt/runtime lock.txt

FROM python-3.7 AS tf2.0
COPY --from=build-tf2.0 /opt/runtime /opt/runtime
LABEL org.opencontainers.image.title=tf-2.0.0 org.opencontainers.image.version=2.0.0
USER student

# ---- TensorFlow 2.10.0 ----

FROM python-3.10 AS build-tf2.10
COPY --from=uv /opt/uv/bin/uv /usr/local/bin/
COPY workflow/envs/tf-2.10.0.lock.txt lock.txt
RUN uv venv --python 3.10 /opt/runtime && uv pip sync --python /opt/runtime lock.txt

FROM python-3.10 AS tf2.10
COPY --from=build-tf2.10 /opt/runtime /opt/runtime
LABEL org.opencontainers.image.title=tf-2.10.0 org.opencontainers.image.version=2.10.0
USER student

# ---- TensorFlow 2.21.0 ----

FROM python-3.11 AS build-tf2
COPY --from=uv /opt/uv/bin/uv /usr/local/bin/
COPY workflow/envs/tf-2.21.0.lock.txt lock.txt
RUN uv venv --python 3.11 /opt/runtime && uv pip sync --python /opt/runtime lock.txt

FROM python-3.11 AS tf2
COPY --from=build-tf2 /opt/runtime /opt/runtime
LABEL org.opencontainers.image.title=tf-2.21.0 org.opencontainers.image.version=2.21.0
USER student

# ---- TensorFlow 2.21.0 for GPUs: CUDA 12.5 and cuDNN 9.3 are packages in its lock ----

FROM python-3.11 AS build-tf2-gpu
COPY --from=uv /opt/uv/bin/uv /usr/local/bin/
COPY workflow/envs/tf-2.21.0-gpu.lock.txt lock.txt
RUN uv venv --python 3.11 /opt/runtime && uv pip sync --python /opt/runtime lock.txt

FROM python-3.11 AS tf2-gpu
COPY --from=build-tf2-gpu /opt/runtime /opt/runtime
LABEL org.opencontainers.image.title=tf-2.21.0-gpu org.opencontainers.image.version=2.21.0
ENV NVIDIA_VISIBLE_DEVICES=all NVIDIA_DRIVER_CAPABILITIES=compute,utility
USER student

# ---- the driver: the whole study from nothing but Docker ----
#   docker build --target driver --tag keras-api-study .
#   docker run --rm --volume "$PWD/reports:/study/reports" keras-api-study

FROM ${PYTHON_3_11} AS driver
# Interpreters are looked for where pyenv keeps them.
ENV PYENV_ROOT=/opt/pyenv
COPY --from=python-3.7 /usr/local /opt/pyenv/versions/3.7.0
COPY --from=python-3.10 /usr/local /opt/pyenv/versions/3.10.0
RUN printf '%s\n' /opt/pyenv/versions/*/lib > /etc/ld.so.conf.d/pyenv.conf \
    && ldconfig \
    && apt-get update \
    && apt-get install --yes --no-install-recommends git make \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --create-home --home-dir /study student
WORKDIR /study
COPY --chown=student . .
RUN chown student /study
USER student
RUN make environment
ENV PATH=/study/.venv/bin:${PATH}
LABEL org.opencontainers.image.title=keras-api-study org.opencontainers.image.licenses=MIT
CMD ["make", "study"]

# ---- older runtimes for GPUs, with the libraries that they need ----

FROM ${CUDA_10_0} AS cuda-10.0
FROM tf1 AS tf1-gpu
COPY --from=cuda-10.0 /usr/local/cuda-10.0/targets/x86_64-linux/lib /usr/local/cuda/lib64
COPY --from=cuda-10.0 /usr/lib/x86_64-linux-gnu/libcudnn.so.7* /usr/local/cuda/lib64/
ENV LD_LIBRARY_PATH=/usr/local/cuda/lib64 NVIDIA_VISIBLE_DEVICES=all NVIDIA_DRIVER_CAPABILITIES=compute,utility

FROM ${CUDA_11_2} AS cuda-11.2
FROM tf2.10 AS tf2.10-gpu
COPY --from=cuda-11.2 /usr/local/cuda-11.2/targets/x86_64-linux/lib /usr/local/cuda/lib64
COPY --from=cuda-11.2 /usr/lib/x86_64-linux-gnu/libcudnn*.so.8* /usr/local/cuda/lib64/
ENV LD_LIBRARY_PATH=/usr/local/cuda/lib64 NVIDIA_VISIBLE_DEVICES=all NVIDIA_DRIVER_CAPABILITIES=compute,utility
