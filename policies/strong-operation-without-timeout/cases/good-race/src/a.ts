const late = new Promise((_, no) => setTimeout(no, 2000));
export const all = async () => await Promise.race([db.ask(), late]);
