class C {
    RestTemplate make() {
        RestTemplate template = new RestTemplate();
        template.setRequestFactory(limited());
        return template;
    }
}
