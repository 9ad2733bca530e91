FROM a
ENTRYPOINT ["app"]
CMD ["sh", "-c", "x"]
