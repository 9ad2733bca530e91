FROM a AS build
ENTRYPOINT make
FROM b
CMD exec /app
