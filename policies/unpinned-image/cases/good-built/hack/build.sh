#!/bin/sh
export REPO="registry.example.org/shop"
podman build --tag="${REPO}/$BASE:1" --tag "$REPO/run:1" .
