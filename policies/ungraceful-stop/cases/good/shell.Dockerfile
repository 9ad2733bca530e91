FROM a
SHELL ["/bin/other", "-c"]
CMD app --run
