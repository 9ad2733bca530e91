const b = require("../billing")
