FROM registry.example.org/debian:13@sha256:0000000000000000000000000000000000000000000000000000000000000000
USER 65532:65532
SHELL ["/bin/bash", "-o", "pipefail", "-c"]
CMD java -jar /app.jar | tee /log
