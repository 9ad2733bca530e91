response.setHeader("Cache-Control", "max-age=60");
