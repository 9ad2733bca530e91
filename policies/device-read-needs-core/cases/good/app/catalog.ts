const store = indexedDB.open("catalog");
export const renew = () => fetch("/items", { signal: AbortSignal.timeout(2000) });
