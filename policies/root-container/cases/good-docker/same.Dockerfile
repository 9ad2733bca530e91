FROM a AS base
USER 65532
FROM base AS base
