ARG debug_image
FROM $debug_image
USER 65532:65532
CMD ["/app"]
