# The whole study from nothing but Docker: the driver, and the interpreters that its runtimes are built on.
#   docker build -t keras-api-study .
#   docker run --rm -v "$PWD/reports:/study/reports" keras-api-study
ARG PYTHON_3_7=python:3.7-slim-bookworm
ARG PYTHON_3_10=python:3.10-slim-bookworm
ARG PYTHON_3_11=python:3.11-slim-bookworm
FROM ${PYTHON_3_7} AS python-3.7
FROM ${PYTHON_3_10} AS python-3.10

FROM ${PYTHON_3_11}
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
CMD ["make", "study"]
