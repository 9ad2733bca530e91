  defp deps, do: [{:opentelemetry, "1"}, {:opentelemetry_exporter, "1"}]
