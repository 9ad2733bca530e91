FROM docker.io/library/rust:1.95@sha256:99e09cb2284e2ddbb73a995deee3e91783fd04d177602ccf6eab326d778ee777
USER 1000
ENTRYPOINT ["/usr/bin/sh", "-c"]
CMD ["app --run"]
