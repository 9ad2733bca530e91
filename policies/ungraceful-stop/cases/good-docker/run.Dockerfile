FROM a
CMD ["sh", "-c", "migrate && exec app --run"]
