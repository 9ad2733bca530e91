export const items = () => fetch("/items", { signal: AbortSignal.timeout(2000) });
