FROM debian:13 AS base
USER 1000

FROM base AS build
USER root
RUN apt-get update

FROM base
COPY --from=build /a /a
