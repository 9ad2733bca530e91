import fs from "graceful-fs";

app.use(timeout("2s"));
app.listen(8080);
