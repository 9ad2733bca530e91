FROM registry.example.org/base:1.2.3@sha256:99e09cb2284e2ddbb73a995deee3e91783fd04d177602ccf6eab326d778ee777 AS build
CMD ["/build"]
FROM registry.example.org/base:1.2.3@sha256:99e09cb2284e2ddbb73a995deee3e91783fd04d177602ccf6eab326d778ee777 AS last
RUN make \
  all
