ARG debug_image
FROM ${debug_image} AS run
USER 65532:65532
CMD ["/app"]
