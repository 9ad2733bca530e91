FROM registry.example/app:1@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
ENV OTHER=app ACCOUNT="0"
USER ${ACCOUNT}:${OTHER}
ENTRYPOINT ["/app"]
