#!/bin/sh
make build
docker run -t shop/run:1 make
docker build -t $UNKNOWN/lib:1 .
docker build .; docker run \
  -i shop/cont:1
