# Run ./old/gate.sh beforehand.
echo old/gate.sh BASE
oasdiff breaking "$1" contract/openapi.yaml
