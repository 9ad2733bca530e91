class Main { void run() { app.listen(8080); } }
