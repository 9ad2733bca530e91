class A {
    HttpClient one = HttpClient.newBuilder()
        .followRedirects(Redirect.NORMAL)
        .build();
    HttpClient two = HttpClient.newHttpClient();
    RestTemplate three = new RestTemplate();
}
