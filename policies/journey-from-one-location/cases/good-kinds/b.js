// see: notes: of the team
call("/orders", {a: "b", c: [});
