docker build --build-context four=./four .
docker buildx build --load \
  --tag six:latest \
  six
