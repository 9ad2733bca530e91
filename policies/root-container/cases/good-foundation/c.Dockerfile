FROM shop/photon AS run
USER 65532:65532
CMD ["/app"]
