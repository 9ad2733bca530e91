ARG VERSION=1.26
FROM golang:${VERSION} AS build
COPY --from=busybox /bin/sh /sh

FROM ${BASE:-debian}
USER 1000
