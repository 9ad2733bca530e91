ARG VERSION=1.26
ARG DIGEST=sha256:99e09cb2284e2ddbb73a995deee3e91783fd04d177602ccf6eab326d778ee777
ARG BASE
FROM golang:${VERSION}@${DIGEST} AS Build
FROM scratch AS empty
COPY --from=build /a /a
COPY --from=0 /b /b
FROM $BASE
FROM shared
COPY --from=empty /a /a
