FROM a
ENTRYPOINT ["sh", "/run.sh", "-c"]
