@Entity({ name: "stamps" })
export class Stamp {}
export const carts = pgTable("carts", { id: serial("id") });
export const posters = mysqlTable(
  "posters",
  { id: int("id") },
);
