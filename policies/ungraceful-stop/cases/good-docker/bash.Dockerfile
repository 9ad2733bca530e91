FROM registry.example.org/debian:13@sha256:0000000000000000000000000000000000000000000000000000000000000000
USER 65532:65532
SHELL ["/bin/other", "-c"]
SHELL ["/bin/bash", "-o", "pipefail", "-c"]
CMD app --run
