class Later {
    Map<String, Rate> rates = new HashMap<>();
    Rate of(String key) { return rates.computeIfAbsent(key, this::load); }
    Later() { settings.put("enable.idempotence", true); }
}
