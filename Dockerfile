# The driver: Snakemake, the runtimes' installer and the report, from nothing but Docker.
#   docker build -t keras-api-study .
#   docker run --rm -v "$PWD/reports:/study/reports" keras-api-study
ARG BASE=python:3.11-slim-bookworm
FROM ${BASE}
RUN apt-get update \
    && apt-get install --yes --no-install-recommends git make \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --create-home --home-dir /study student
WORKDIR /study
COPY --chown=student . .
RUN chown student /study
USER student
RUN make environment
CMD ["make", "study"]
