FROM a AS build
CMD app --run
FROM b
