FROM docker.io/library/rust:1.95@sha256:99e09cb2284e2ddbb73a995deee3e91783fd04d177602ccf6eab326d778ee777 AS Build
ARG X=latest
RUN --from=nothing true
COPY --chown=1:1 a /a
COPY --from=tools /b /b
FROM build AS last
COPY --from=0 /a /a
COPY --from=build /a /a
FROM tools
FROM $UNKNOWN
FROM docker.io/library/rust:latest@sha256:99e09cb2284e2ddbb73a995deee3e91783fd04d177602ccf6eab326d778ee777
FROM docker.io/library/rust@sha256:99e09cb2284e2ddbb73a995deee3e91783fd04d177602ccf6eab326d778ee777
