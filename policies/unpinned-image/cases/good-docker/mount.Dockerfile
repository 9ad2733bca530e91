FROM registry.example/app:1@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa AS build
FROM registry.example/app:1@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
LABEL --mount=from=other:1
RUN --mount=type=bind,from=build,target=/a --mount=type=cache,target=/from=x --mount=type=bind,from=0,target=/c true
RUN --mount=type=bind,from=registry.example/tool:1@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa,target=/b true
RUN --network=from=other:1 true
USER 1000
