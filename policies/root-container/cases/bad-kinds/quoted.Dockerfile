ARG A=1
FROM registry.example.org/base:1.2.3@sha256:99e09cb2284e2ddbb73a995deee3e91783fd04d177602ccf6eab326d778ee777 AS build
USER 1000
RUN make
FROM build AS last
USER "root"
ENTRYPOINT ["/app"]
