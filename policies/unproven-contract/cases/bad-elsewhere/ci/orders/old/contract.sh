#!/bin/sh
dredd contract/openapi.yaml http://localhost
