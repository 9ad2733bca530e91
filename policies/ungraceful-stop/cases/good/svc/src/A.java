public class A { void x() { app.listen(1); } }
