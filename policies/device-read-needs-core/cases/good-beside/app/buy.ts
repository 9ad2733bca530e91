export const items = () => fetch("/items");
