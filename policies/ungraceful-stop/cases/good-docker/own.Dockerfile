FROM a
ENTRYPOINT ["sh", "-c"]
