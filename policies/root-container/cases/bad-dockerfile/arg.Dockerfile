FROM registry.example/app:1@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
ARG ACCOUNT=app
ARG ACCOUNT=root
USER $ACCOUNT
ENTRYPOINT ["/app"]
