FROM a
ENTRYPOINT ["/app"]
CMD --flag
