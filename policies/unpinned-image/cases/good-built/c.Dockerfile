FROM registry.example.org/shop/run:1
USER 65532:65532
