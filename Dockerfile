# Images of the study: a runtime each, from the lock that uv installs too, and the driver, which needs no other.
#   make images        every runtime, under its name in config/runtimes.yaml
#   make pin-images    the digests of the bases, which may be any images that hold these versions of Python
# Apptainer.def builds the runtimes without Docker, on the same bases.
ARG PYTHON_3_7=python:3.7-slim-bookworm@sha256:b53f496ca43e5af6994f8e316cf03af31050bf7944e0e4a308ad86c001cf028b
ARG PYTHON_3_10=python:3.10-slim-bookworm@sha256:68d914ec641a0b69267ce65184d000a2bc3a9ee2590ab702b82250ab2385735a
ARG PYTHON_3_11=python:3.11-slim-bookworm@sha256:a36c24f9cbdf4fd0f52d67f0823eeac19c2028c637cecc392d97f980d4fec56b
ARG CUDA_10_0=tensorflow/tensorflow:1.15.0-gpu-py3
ARG CUDA_11_2=tensorflow/tensorflow:2.10.0-gpu

# The runtime that is built, as `make images` takes it from config/runtimes.yaml.
ARG PYTHON=3.11

# ---- what all are built with ----

FROM ${PYTHON_3_11} AS uv
ARG UV_VERSION=0.13.8
RUN pip install --no-cache-dir --target /opt/uv uv==${UV_VERSION}

FROM ${PYTHON_3_7} AS python-3.7
FROM ${PYTHON_3_10} AS python-3.10
FROM ${PYTHON_3_11} AS python-3.11

# ---- a runtime ----

FROM python-${PYTHON} AS packages
COPY --from=uv /opt/uv/bin/uv /usr/local/bin/
ARG PYTHON
ARG LOCK
COPY ${LOCK} lock.txt
# Compiled, as nobody can later.
ENV UV_NO_CACHE=1 UV_COMPILE_BYTECODE=1 UV_REQUIRE_HASHES=1
RUN uv venv --python ${PYTHON} /opt/runtime && uv pip sync --python /opt/runtime lock.txt
ARG SBOM
COPY ${SBOM} /opt/runtime/sbom.cdx.json

# Not in a user's home: Apptainer puts that of the machine in its place.
FROM python-${PYTHON} AS runtime
RUN useradd --create-home student
COPY --from=packages /opt/runtime /opt/runtime
ENV PATH=/opt/runtime/bin:${PATH}
USER student

# ---- a runtime for GPUs, with the CUDA and cuDNN that it needs ----

# Packages in its lock.
FROM runtime AS runtime-cuda-12.5
ENV NVIDIA_VISIBLE_DEVICES=all NVIDIA_DRIVER_CAPABILITIES=compute,utility

FROM ${CUDA_10_0} AS cuda-10.0
FROM runtime AS runtime-cuda-10.0
COPY --from=cuda-10.0 /usr/local/cuda-10.0/targets/x86_64-linux/lib /usr/local/cuda/lib64
COPY --from=cuda-10.0 /usr/lib/x86_64-linux-gnu/libcudnn.so.7* /usr/local/cuda/lib64/
ENV LD_LIBRARY_PATH=/usr/local/cuda/lib64 NVIDIA_VISIBLE_DEVICES=all NVIDIA_DRIVER_CAPABILITIES=compute,utility

FROM ${CUDA_11_2} AS cuda-11.2
FROM runtime AS runtime-cuda-11.2
COPY --from=cuda-11.2 /usr/local/cuda-11.2/targets/x86_64-linux/lib /usr/local/cuda/lib64
COPY --from=cuda-11.2 /usr/lib/x86_64-linux-gnu/libcudnn*.so.8* /usr/local/cuda/lib64/
ENV LD_LIBRARY_PATH=/usr/local/cuda/lib64 NVIDIA_VISIBLE_DEVICES=all NVIDIA_DRIVER_CAPABILITIES=compute,utility

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
RUN make environment \
    && .venv/bin/uv export --quiet --locked --format cyclonedx1.5 --output-file .venv/sbom.cdx.json
ENV PATH=/study/.venv/bin:${PATH}
LABEL org.opencontainers.image.title=keras-api-study org.opencontainers.image.licenses=MIT
CMD ["make", "study"]
