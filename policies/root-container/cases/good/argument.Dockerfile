ARG BASE
FROM $BASE AS last
CMD ["/app"]
