class B {
    HttpClient two = HttpClient.newHttpClient();
    HttpRequest request = HttpRequest.newBuilder().timeout(Duration.ofSeconds(1)).build();
}
