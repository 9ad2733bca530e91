#!/bin/sh
docker build -t base .
docker build --file local.Dockerfile .
