FROM golang:1.26 AS build
CMD ["/build"]
FROM scratch AS out
COPY --from=build /app /app
