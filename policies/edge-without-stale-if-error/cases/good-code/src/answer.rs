fn answer() { response.header("Cache-Control", "max-age=30, stale-if-error=600"); }
