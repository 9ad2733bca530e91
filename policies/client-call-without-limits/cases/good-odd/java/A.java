class A {
    HttpClient one = HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(1)).build();
}
