FROM registry.example/app:1
USER 1000
ENTRYPOINT ["/app"]
