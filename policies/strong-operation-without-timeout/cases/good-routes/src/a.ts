export const list = async () => await db.ask();
